import type { RunSummary } from "../../../preload/contract.ts";

/** A summary with every field set. */
export function runSummary(id: string, changes: Partial<RunSummary> = {}): RunSummary {
  return {
    id,
    name: "first try",
    experiment: "e1",
    label: "",
    tags: [],
    noted: false,
    archived: false,
    trashedAt: null,
    priority: "normal",
    scenario: "sanity/cartpole",
    learner: "ppo",
    preset: "smoke",
    seed: 1,
    state: "running",
    step: 10,
    steps: 100,
    iteration: 2,
    attempt: 1,
    ordinal: 0,
    createdAt: 1000,
    startedAt: 2000,
    finishedAt: null,
    wallSeconds: 1.5,
    stepsPerSecond: 7,
    reward: null,
    kernelBuild: "plain-0",
    parent: null,
    marks: ["a mark"],
    error: null,
    ...changes,
  };
}
