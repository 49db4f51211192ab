import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import {
  type EvaluationResult,
  evaluationResultSchema,
  type parameterValueSchema,
  pictureSchema,
  type Replay,
} from "../../preload/contract.ts";
import { type AttachedProcess, launchAttached } from "../launch/local.ts";
import { writeFileAtomic } from "../platform/files.ts";
import { entryPath } from "../platform/paths.ts";
import { UserError } from "../platform/user-error.ts";
import type { Subject } from "./subjects.ts";

type Values = Readonly<Record<string, z.infer<typeof parameterValueSchema>>>;

export interface EvaluationOrder {
  readonly subjects: readonly Subject[];
  readonly episodes: number;
  /** Episode i meets world seed `seed` + i. */
  readonly seed: number;
  /** Parameters of the world, instead of the checkpoint's or the defaults. */
  readonly set: Values;
  readonly sample: boolean;
}

/** One episode, frame by frame. */
export interface ReplayOrder {
  readonly subject: Subject;
  readonly seed: number;
  readonly set: Values;
  readonly sample: boolean;
}

/** A replay's `result.json`; its frames lie beside it. */
const replayFileSchema = z.object({
  picture: pictureSchema,
  policy: z.string(),
  scenario: z.string(),
  count: z.number().int().positive(),
  metrics: z.record(z.string(), z.number()),
  kernelBuilds: z.array(z.string()),
});

const progressSchema = z.object({ done: z.number(), total: z.number(), subject: z.string() });
export type EvaluationProgress = z.infer<typeof progressSchema>;

const errorFileSchema = z.object({ code: z.string(), message: z.string(), hint: z.string() });

/** Evaluations, each in a process of its own, so that the engine answers meanwhile. */
export class Evaluations {
  private readonly folder: string;
  private readonly script: string;
  private readonly running = new Map<AttachedProcess, number>();

  constructor(dataFolder: string, script = entryPath("evaluator")) {
    this.folder = path.join(dataFolder, "evaluations");
    this.script = script;
  }

  /**
   * Evaluates all subjects in the same worlds.
   * @param client who asked; the evaluation ends with its connection
   * @throws UserError what the evaluator found wrong, or `evaluation-ended` when its process was ended
   */
  async run(
    order: EvaluationOrder,
    client: number,
    progress: (p: EvaluationProgress) => void,
  ): Promise<EvaluationResult[]> {
    const folder = await this.inProcess(request(order), client, progress);
    return z.array(evaluationResultSchema).parse(readResult(folder));
  }

  /**
   * Plays one episode and keeps its frames; nothing stays on the disk.
   * @param client who asked; the replay ends with its connection
   * @throws UserError what the evaluator found wrong, or `evaluation-ended` when its process was ended
   */
  async replay({ subject, seed, set, sample }: ReplayOrder, client: number): Promise<Replay> {
    const asked = { replay: requestSubject(subject, set), seed, sample };
    const folder = await this.inProcess(asked, client, () => {});
    try {
      const { count, ...rest } = replayFileSchema.parse(readResult(folder));
      const bytes = readFileSync(path.join(folder, "frames"));
      const numbers = new Float64Array(Uint8Array.from(bytes).buffer);
      const values = numbers.slice(0, count * rest.picture.channels.length);
      const rewards = numbers.slice(values.length);
      return {
        ...rest,
        seed,
        frames: { count, values },
        steps: Float64Array.from({ length: count }, (_, i) => i),
        rewards,
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Has the evaluator carry out a request; answers the folder with what it left. */
  private async inProcess(asked: object, client: number, progress: (p: EvaluationProgress) => void): Promise<string> {
    const folder = path.join(
      this.folder,
      `${new Date().toISOString().replaceAll(":", "")}-${randomBytes(3).toString("hex")}`,
    );
    mkdirSync(folder, { recursive: true });
    writeFileAtomic(path.join(folder, "request.json"), `${JSON.stringify(asked, null, 2)}\n`);
    const evaluator = launchAttached(this.script, [folder]);
    this.running.set(evaluator, client);
    evaluator.onLine((line) => progress(progressSchema.parse(JSON.parse(line))));
    const end = await new Promise<string>((resolve) => evaluator.onEnd(({ text }) => resolve(text)));
    this.running.delete(evaluator);
    if (existsSync(path.join(folder, "result.json"))) return folder;
    throw evaluationError(folder, `${end}${evaluator.errorText() === "" ? "" : `: ${evaluator.errorText()}`}`);
  }

  /** Ends what a client that is gone had asked for. */
  abandon(client: number): void {
    for (const [evaluator, owner] of this.running) if (owner === client) evaluator.kill();
  }

  close(): void {
    for (const evaluator of this.running.keys()) evaluator.kill();
  }
}

/** As the evaluator reads it. */
function request({ subjects, episodes, seed, set, sample }: EvaluationOrder) {
  return {
    subjects: subjects.map((subject) => requestSubject(subject, set)),
    episodes,
    seed,
    sample,
  };
}

function requestSubject(subject: Subject, set: Values) {
  return subject.kind === "policy"
    ? { kind: "policy", scenario: subject.scenario.id, policy: subject.policy, set }
    : { kind: "checkpoint", path: subject.folder, id: subject.name, set };
}

function readResult(folder: string): unknown {
  return JSON.parse(readFileSync(path.join(folder, "result.json"), "utf8"));
}

function evaluationError(folder: string, end: string): UserError {
  const file = path.join(folder, "error.json");
  if (!existsSync(file)) return new UserError("evaluation-ended", `The evaluation ended with ${end}.`);
  const { code, message, hint } = errorFileSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  return new UserError(code, message, hint);
}
