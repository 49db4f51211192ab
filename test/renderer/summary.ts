import type { RunSummary } from "../../preload/contract.ts";

/** A run for tests, like a fresh one but for what is given. */
export function summary(change: Partial<RunSummary>): RunSummary {
  return {
    id: "hmppo-1-abc123",
    name: "emulator-tuning/hmppo small",
    experiment: "experiment-1",
    label: "",
    tags: [],
    noted: false,
    archived: false,
    trashedAt: null,
    priority: "normal",
    scenario: "emulator-tuning",
    learner: "hmppo",
    preset: "small",
    seed: 1,
    state: "queued",
    step: 0,
    steps: 1000,
    iteration: 0,
    attempt: 1,
    ordinal: 0,
    createdAt: 1_000,
    startedAt: null,
    finishedAt: null,
    wallSeconds: 0,
    stepsPerSecond: 0,
    reward: null,
    kernelBuild: "",
    parent: null,
    marks: [],
    error: null,
    ...change,
  };
}
