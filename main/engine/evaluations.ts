import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { type EvaluationResult, evaluationResultSchema, type parameterValueSchema } from "../../preload/contract.ts";
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
    const folder = path.join(
      this.folder,
      `${new Date().toISOString().replaceAll(":", "")}-${randomBytes(3).toString("hex")}`,
    );
    mkdirSync(folder, { recursive: true });
    writeFileAtomic(path.join(folder, "request.json"), `${JSON.stringify(request(order), null, 2)}\n`);
    const evaluator = launchAttached(this.script, [folder]);
    this.running.set(evaluator, client);
    evaluator.onLine((line) => progress(progressSchema.parse(JSON.parse(line))));
    const end = await new Promise<string>((resolve) => evaluator.onEnd(({ text }) => resolve(text)));
    this.running.delete(evaluator);
    const result = path.join(folder, "result.json");
    if (existsSync(result)) return z.array(evaluationResultSchema).parse(JSON.parse(readFileSync(result, "utf8")));
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
    subjects: subjects.map((subject) =>
      subject.kind === "policy"
        ? { kind: "policy", scenario: subject.scenario.id, policy: subject.policy, set }
        : { kind: "checkpoint", path: subject.folder, id: subject.name, set },
    ),
    episodes,
    seed,
    sample,
  };
}

function evaluationError(folder: string, end: string): UserError {
  const file = path.join(folder, "error.json");
  if (!existsSync(file)) return new UserError("evaluation-ended", `The evaluation ended with ${end}.`);
  const { code, message, hint } = errorFileSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  return new UserError(code, message, hint);
}
