import { z } from "zod";
import { evaluate, type Summary, summarise } from "../../lab/evaluation.ts";
import { untrainedPolicy } from "../../lab/learners/registry.ts";
import type { ParameterValues } from "../../lab/parameters.ts";
import type { Policy, Scenario } from "../../lab/scenarios/scenario.ts";
import { UserError } from "../platform/user-error.ts";
import { readCheckpoint } from "../runs/checkpoint.ts";
import { parameterValuesSchema } from "../runs/run-file.ts";
import { openWorkspace } from "./kernels.ts";
import { requireLearner, requireScenario, requireScenarioParameters } from "./subject.ts";

export const subjectSchema = z.discriminatedUnion("kind", [
  /** A policy that needs no training. */
  z.object({ kind: z.literal("policy"), scenario: z.string(), policy: z.string(), set: parameterValuesSchema }),
  /** A checkpoint's folder; `id` is what the result calls it. */
  z.object({ kind: z.literal("checkpoint"), path: z.string(), id: z.string(), set: parameterValuesSchema }),
]);
type Subject = z.infer<typeof subjectSchema>;

export const evaluationRequestSchema = z.object({
  subjects: z.array(subjectSchema).min(1),
  episodes: z.number().int().positive(),
  /** Episode i meets world seed `seed` + i, whatever the subject. */
  seed: z.number().int().nonnegative(),
  /** Draw a checkpoint's actions instead of the most likely ones. */
  sample: z.boolean(),
});
export type EvaluationRequest = z.infer<typeof evaluationRequestSchema>;

/** The `evaluationResultSchema` of preload/contract.ts. */
export interface EvaluationResult {
  readonly policy: string;
  readonly scenario: string;
  readonly episodes: number;
  readonly metrics: Readonly<Record<string, Summary>>;
  readonly kernelBuilds: readonly string[];
  readonly actions: "greedy" | "sampled";
}

/** Something ready to be evaluated. */
interface Contestant {
  readonly name: string;
  readonly scenario: Scenario;
  readonly parameters: ParameterValues;
  readonly policy: Policy;
  readonly kernelBuilds: readonly string[];
  readonly actions: "greedy" | "sampled";
}

/**
 * Evaluates every subject in the same worlds. All subjects are made first, so that an error costs no evaluation.
 * @param onProgress episodes done and to do, over all subjects
 * @throws UserError what is wrong with a subject
 */
export function runEvaluation(
  request: EvaluationRequest,
  onProgress: (done: number, total: number, subject: string) => void,
): EvaluationResult[] {
  const { subjects, episodes, seed } = request;
  const total = subjects.length * episodes;
  const contestants = subjects.map((subject) => prepare(subject, request.sample));
  return contestants.map(({ name, scenario, parameters, policy, kernelBuilds, actions }, index) => {
    const report = (done: number) => onProgress(index * episodes + done, total, name);
    const { metrics, values } = evaluate(scenario, parameters, policy, episodes, seed, report);
    const summaries = metrics.map((id, i) => [`eval/${id}`, summarise(values[i]!)] as const);
    return {
      policy: name,
      scenario: scenario.id,
      episodes,
      metrics: Object.fromEntries(summaries),
      kernelBuilds,
      actions,
    };
  });
}

/** Makes a subject ready. @throws UserError what is wrong with it */
export function prepare(subject: Subject, sample: boolean): Contestant {
  return subject.kind === "policy" ? preparePolicy(subject) : prepareCheckpoint(subject, sample);
}

function preparePolicy({ scenario: id, policy: name, set }: Extract<Subject, { kind: "policy" }>): Contestant {
  const scenario = requireScenario(id);
  const parameters = requireScenarioParameters(scenario, set);
  const facts = { name, scenario, parameters, actions: "greedy" } as const;
  const make = Object.hasOwn(scenario.policies, name) ? scenario.policies[name] : undefined;
  if (make !== undefined) return { ...facts, policy: make(parameters), kernelBuilds: [] };
  const unfit = requireLearner("hmppo").unfit(scenario.create(parameters));
  if (name === "untrained" && unfit === undefined) {
    const workspace = openWorkspace("auto");
    const policy = untrainedPolicy({ scenario, scenarioParameters: parameters, workspace });
    return { ...facts, policy, kernelBuilds: [workspace.kernelBuild] };
  }
  const known = [...Object.keys(scenario.policies), ...(unfit === undefined ? ["untrained"] : [])].join(", ");
  throw new UserError("policy-unknown", `${id} has no policy ${name}.`, `It has: ${known}.`);
}

function prepareCheckpoint({ path, id, set }: Extract<Subject, { kind: "checkpoint" }>, sample: boolean): Contestant {
  const { manifest, weights } = readCheckpoint(path);
  const scenario = requireScenario(manifest.scenario.id);
  const learner = requireLearner(manifest.learner.id);
  const scenarioParameters = requireScenarioParameters(scenario, { ...manifest.scenario.parameters, ...set });
  const workspace = openWorkspace("auto", manifest.kernelBuild);
  const setting = {
    scenario,
    scenarioParameters,
    parameters: manifest.learner.parameters,
    seed: manifest.seed,
    workspace,
  };
  try {
    return {
      name: id,
      scenario,
      parameters: scenarioParameters,
      policy: learner.restorePolicy(setting, weights, sample),
      kernelBuilds: [...new Set([manifest.kernelBuild, workspace.kernelBuild])],
      actions: sample ? "sampled" : "greedy",
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = `The checkpoint ${id} does not fit this world: ${error.message}.`;
    throw new UserError(
      "checkpoint-unfit",
      message,
      "Its networks need a world of the size that they were trained in.",
    );
  }
}
