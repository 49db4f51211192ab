/** Speed of the emulator-tuning world alone. Run directly for a table: `node test/bench/worlds.ts`. */
import { pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { defaults } from "../../lab/parameters.ts";
import { RandomStream } from "../../lab/random.ts";
import { emulatorTuning } from "../../lab/scenarios/emulator-tuning/index.ts";
import { CASE_AGENT, EMULATOR_AGENT } from "../../lab/scenarios/emulator-tuning/world.ts";
import type { Measurement } from "./benchmark.ts";

const REPEATS = 5;
const STEPS = 200_000;
/** Rows of random actions drawn beforehand, used in turn. */
const ROWS = 997;

function stepsPerSecond(users: number, observe: boolean): number {
  const world = emulatorTuning.create({ ...defaults(emulatorTuning.parameters), users });
  const stream = new RandomStream(1, "benchmark actions");
  const cases = Float32Array.from({ length: ROWS * users }, () => stream.integer(2));
  const emulators = Float32Array.from({ length: ROWS * users }, () => stream.uniform(-1, 1));
  const observations = world.agents.map(
    (agent) => new Float32Array(agent.observation.reduce((size, part) => size + part.size, 0)),
  );
  let best = 0;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    let seed = 0;
    world.reset(seed);
    const start = performance.now();
    for (let step = 0; step < STEPS; step++) {
      const row = (step % ROWS) * users;
      if (observe) world.observe(CASE_AGENT, observations[CASE_AGENT]!, 0);
      world.act(CASE_AGENT, cases, row);
      if (observe) world.observe(EMULATOR_AGENT, observations[EMULATOR_AGENT]!, 0);
      world.act(EMULATOR_AGENT, emulators, row);
      world.advance();
      if (world.terminated) world.reset(++seed);
    }
    best = Math.max(best, STEPS / ((performance.now() - start) / 1000));
  }
  return best;
}

/** Bytes of garbage a step: the world must not allocate while it runs. */
function bytesPerStep(): number {
  const world = emulatorTuning.create(defaults(emulatorTuning.parameters));
  const cases = new Float32Array(6);
  const emulators = new Float32Array(6);
  const play = () => {
    for (let step = 0; step < STEPS; step++) {
      emulators[step % 6] = (step % 100) / 50 - 1;
      world.act(CASE_AGENT, cases, 0);
      world.act(EMULATOR_AGENT, emulators, 0);
      world.advance();
      if (world.terminated) world.reset(step);
    }
  };
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  play(); // compiles it
  let best = Number.POSITIVE_INFINITY;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    play();
    best = Math.min(best, (process.memoryUsage().heapUsed - before) / STEPS);
  }
  return best;
}

export async function worldBenchmarks(): Promise<Measurement[]> {
  const benchmarks: Measurement[] = [];
  for (const users of [6, 9]) {
    benchmarks.push(
      {
        id: `emulator-tuning, ${users} users: world alone`,
        value: stepsPerSecond(users, false),
        unit: "steps/s",
        ...(users === 6 ? { atLeast: 200_000 } : {}),
      },
      {
        id: `emulator-tuning, ${users} users: world and observations`,
        value: stepsPerSecond(users, true),
        unit: "steps/s",
      },
    );
  }
  benchmarks.push({
    id: "emulator-tuning, 6 users: garbage",
    value: bytesPerStep(),
    unit: "bytes/step",
    atMost: 32, // two boxed numbers: what the compiler inlines differs from run to run
  });
  return benchmarks;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) console.table(await worldBenchmarks());
