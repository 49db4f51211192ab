import { evaluate, type Summary, summarise } from "../../../../lab/evaluation.ts";
import { defaults, type ParameterValues } from "../../../../lab/parameters.ts";
import type { Policy, Scenario, World } from "../../../../lab/scenarios/scenario.ts";

/** The first numbers of the saved state: what the world calls its state. */
export function stateOf(world: World, numbers: number): number[] {
  const saved = new Float64Array(world.stateSize);
  world.saveState(saved, 0);
  return [...saved.subarray(0, numbers)];
}

/** Sets the first numbers of the saved state; everything else, the time too, stays. */
export function setState(world: World, state: readonly number[]): void {
  const saved = new Float64Array(world.stateSize);
  world.saveState(saved, 0);
  saved.set(state, 0);
  world.loadState(saved, 0);
}

/** One step; one action an agent. */
export function step(world: World, ...actions: number[]): void {
  actions.forEach((action, agent) => {
    world.act(agent, Float32Array.of(action), 0);
  });
  world.advance();
}

/** What an agent sees, between two numbers that must stay untouched. */
export function seenBy(world: World, agent = 0): number[] {
  const size = world.agents[agent]!.observation.reduce((sum, part) => sum + part.size, 0);
  const out = new Float32Array(size + 2).fill(9);
  world.observe(agent, out, 1);
  if (out[0] !== 9 || out[size + 1] !== 9) throw new Error("observed beyond the observation");
  return [...out.subarray(1, size + 1)];
}

export function largestDifference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`);
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
}

/** Summary of each metric over whole episodes of seeds 0, 1, ... */
export function scores(
  scenario: Scenario,
  policy: string | Policy,
  episodes: number,
  set: ParameterValues = {},
): Record<string, Summary & { standardError: number }> {
  const parameters = { ...defaults(scenario.parameters), ...set };
  const played = typeof policy === "string" ? scenario.policies[policy]!(parameters) : policy;
  const table = evaluate(scenario, parameters, played, episodes, 0);
  return Object.fromEntries(
    table.metrics.map((metric, i) => {
      const summary = summarise(table.values[i]!);
      return [metric, { ...summary, standardError: summary.std / Math.sqrt(episodes) }];
    }),
  );
}
