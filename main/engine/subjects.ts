import path from "node:path";
import { defaults } from "../../lab/parameters.ts";
import type { Scenario } from "../../lab/scenarios/scenario.ts";
import { UserError } from "../platform/user-error.ts";
import {
  bestCheckpoint,
  type CheckpointEntry,
  type CheckpointManifest,
  listCheckpoints,
  readManifest,
} from "../runs/checkpoint.ts";
import type { Library } from "./library.ts";
import { requireLearner, requireScenario, unknownName } from "./names.ts";

export interface CheckpointSubject {
  readonly kind: "checkpoint";
  /** As the person named it, with `last` and `best` replaced by the step. */
  readonly name: string;
  readonly folder: string;
  readonly manifest: CheckpointManifest;
}

export interface PolicySubject {
  readonly kind: "policy";
  readonly name: string;
  readonly scenario: Scenario;
  readonly policy: string;
}

export type Subject = CheckpointSubject | PolicySubject;

/**
 * What a person named: a checkpoint's folder (absolute path), `<run>:<step>`, `<run>:last`, `<run>:best`, or a built-in
 * policy `<scenario>/<policy>`, whose last part is the policy.
 * @throws UserError naming the part that does not exist, with the nearest that does
 */
export function resolveSubject(library: Library, text: string): Subject {
  if (path.isAbsolute(text)) return atFolder(text, text);
  if (text.includes(":")) return resolveCheckpoint(library, text);
  if (text.includes("/")) return resolvePolicy(text);
  const run = library.get(text).id;
  throw new UserError(
    "subject-ambiguous",
    `"${text}" is a run, not a checkpoint.`,
    `Name one of its checkpoints: ${run}:last, ${run}:best or ${run}:<step>.`,
  );
}

/** @throws UserError when the text does not name a checkpoint */
export function resolveCheckpoint(library: Library, text: string): CheckpointSubject {
  if (path.isAbsolute(text)) return atFolder(text, text);
  const colon = text.lastIndexOf(":");
  if (colon < 0) {
    throw new UserError(
      "checkpoint-unknown",
      `"${text}" names no checkpoint.`,
      "Use <run>:last, <run>:best or <run>:<step>.",
    );
  }
  const run = text.slice(0, colon);
  const which = text.slice(colon + 1);
  const entries = listCheckpoints(library.folder(run));
  const entry = pick(entries, which);
  if (entry !== undefined) return atFolder(`${run}:${entry.step}`, entry.path);
  if (entries.length === 0) throw new UserError("checkpoint-unknown", `The run ${run} has no checkpoint yet.`);
  const known = [...entries.map(({ step }) => String(step)), "last", "best"];
  if (which === "best") {
    throw new UserError("checkpoint-unknown", `No checkpoint of ${run} has been evaluated.`, `Use ${run}:last.`);
  }
  throw unknownName("checkpoint", which, known);
}

function pick(entries: readonly CheckpointEntry[], which: string): CheckpointEntry | undefined {
  if (which === "last") return entries.at(-1);
  if (which === "best") return bestCheckpoint(entries);
  return entries.find(({ step }) => String(step) === which);
}

function atFolder(name: string, folder: string): CheckpointSubject {
  return { kind: "checkpoint", name, folder, manifest: readManifest(folder) };
}

function resolvePolicy(text: string): PolicySubject {
  const slash = text.lastIndexOf("/");
  const scenario = requireScenario(text.slice(0, slash));
  const policy = text.slice(slash + 1);
  const known = policyNames(scenario);
  if (!known.includes(policy)) throw unknownName("policy", policy, known);
  return { kind: "policy", name: text, scenario, policy };
}

/** A scenario's policies that need no training; among them the untrained networks of HMPPO where they fit. */
export function policyNames(scenario: Scenario): string[] {
  const world = scenario.create(defaults(scenario.parameters));
  const fits = requireLearner("hmppo").unfit(world) === undefined;
  return [...Object.keys(scenario.policies), ...(fits ? ["untrained"] : [])];
}
