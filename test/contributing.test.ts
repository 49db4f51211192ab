import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evaluate } from "../lab/evaluation.ts";
import { ppo } from "../lab/learners/ppo.ts";
import { createReferenceWorkspace } from "../lab/nn/reference/workspace.ts";
import type { Scenario } from "../lab/scenarios/scenario.ts";
import { resolveParameters, TrainingLoop } from "../lab/training.ts";

const root = path.resolve(import.meta.dirname, "..");
const text = readFileSync(path.join(root, "CONTRIBUTING.md"), "utf8");
let folder: string;
let corridor: Scenario;

beforeAll(async () => {
  const [, world] = /```ts\n(import \{ z \}[\s\S]*?)```/.exec(text) ?? [];
  // Beside the sources, as in the walk-through its imports are relative and `zod` is looked up from there.
  folder = mkdtempSync(path.join(root, "test", ".corridor-"));
  const file = path.join(folder, "index.ts");
  writeFileSync(file, world!.replaceAll('"../../', '"../../lab/').replaceAll('"../s', '"../../lab/scenarios/s'));
  corridor = (await import(file)).corridor;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("R65: the walk-through's scenario", () => {
  test("has a policy that walks right and one that does not", () => {
    const parameters = corridor.parameters.parse({}) as Record<string, number>;
    const meanReward = (policy: string) => {
      const { values } = evaluate(corridor, parameters, corridor.policies[policy]!(parameters), 50, 1000);
      return values[0]!.reduce((sum, value) => sum + value) / 50;
    };
    expect(meanReward("right")).toBeGreaterThan(0.9);
    expect(meanReward("random")).toBeLessThan(0.8);
  });

  test("can be trained with its smoke preset", () => {
    const [, presets] = /```json\n([\s\S]*?)```/.exec(text)!;
    const { smoke } = JSON.parse(presets!);
    const parameters = resolveParameters(corridor, ppo, smoke.set);
    const loop = new TrainingLoop({
      scenario: corridor,
      learner: ppo,
      parameters,
      seed: 1,
      workspace: createReferenceWorkspace(),
    });
    while (!loop.finished) loop.step(() => {});
    expect(loop.steps).toBe(512);
    expect(loop.lastEvaluation?.reward).toBeGreaterThan(-1);
  });
});
