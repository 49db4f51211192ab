import type { World } from "../../../../lab/scenarios/scenario.ts";

/** The world's numbers in float64, by the documented layout of its saved state. */
export function inside(world: World, users: number) {
  const state = new Float64Array(world.stateSize);
  world.saveState(state, 0);
  const column = (index: number) => state.slice(7 + index * users, 7 + (index + 1) * users);
  return {
    pathGain: column(0),
    powerW: column(1),
    gain: column(2),
    dataBits: column(3),
    complexity: column(4),
    cached: column(5),
  };
}

export function metricsOf(world: World) {
  const row = new Float64Array(4);
  world.readMetrics(row);
  return { reward: row[0]!, delaySeconds: row[1]! * 60, perplexity: row[2]!, switches: row[3]! };
}

/** Raw action that asks for a retention under the default range. */
export const ask = (retention: number) => (2 * (retention - 0.2)) / 0.6 - 1;

export function step(world: World, cases: readonly number[], emulators: readonly number[]): void {
  world.act(0, Float32Array.from(cases), 0);
  world.act(1, Float32Array.from(emulators), 0);
  world.advance();
}
