import { describe, expect, it } from "vitest";
import { defaults } from "../../../../lab/parameters.ts";
import { RandomStream } from "../../../../lab/random.ts";
import { emulatorTuning } from "../../../../lab/scenarios/emulator-tuning/index.ts";
import type { World } from "../../../../lab/scenarios/scenario.ts";
import { ask, inside, metricsOf, step } from "./layout.ts";

const world = (set: Record<string, number> = {}, seed = 1): World => {
  const made = emulatorTuning.create({ ...defaults(emulatorTuning.parameters), ...set });
  made.reset(seed);
  return made;
};
/** Nothing random but the fading: 100 m, 0.5 W, 400 Mbit, complexity 20. */
const fixed = {
  distanceMin: 100,
  distanceMax: 100,
  powerMin: 0.5,
  powerMax: 0.5,
  dataMin: 400,
  dataMax: 400,
  complexityMin: 20,
  complexityMax: 20,
};
/** -174 dBm/Hz. */
const NOISE = 10 ** -20.4;

describe("one step by hand", () => {
  it("uploads at the Shannon rate when one user trains on the server", () => {
    const one = world({ ...fixed, users: 1 });
    step(one, [1], [0]);
    const { gain, pathGain } = inside(one, 1);
    expect(pathGain[0]).toBeCloseTo(10 ** -3.45 / 1e4, 20);
    const rate = 1e5 * Math.log2(1 + (0.5 * gain[0]!) / (NOISE * 1e5));
    const delay = 400e6 / rate;
    const { delaySeconds, perplexity, reward, switches } = metricsOf(one);
    expect(delaySeconds).toBeCloseTo(delay, 8);
    expect(perplexity).toBeCloseTo((25.2 - 43.1 + 31.9) * 1.5, 12);
    expect(reward).toBeCloseTo(-0.092 * 21 - 0.00134 * delay, 10);
    expect(one.reward).toBe(reward);
    expect(switches).toBe(0);
  });

  it("downloads the wanted emulator when one user trains on the device", () => {
    const one = world({ ...fixed, users: 1 });
    step(one, [0], [ask(0.8)]);
    const { gain, cached } = inside(one, 1);
    const rate = 1e6 * Math.log2(1 + (60 * gain[0]!) / (NOISE * 1e6));
    const { delaySeconds, perplexity, switches } = metricsOf(one);
    expect(cached[0]).toBe(0.8);
    expect(delaySeconds).toBeCloseTo((0.8 * 10.8e9) / rate, 8);
    expect(perplexity).toBeCloseTo((25.2 * 0.64 - 43.1 * 0.8 + 31.9) * 1.5, 10);
    expect(switches).toBe(1);
  });

  it("shares the uplink among the users on the server and takes the slowest as latency", () => {
    const users = 5;
    const all = world({ users }, 3);
    const { dataBits, powerW } = inside(all, users);
    step(all, [1, 1, 1, 1, 1], [0, 0, 0, 0, 0]);
    const { gain } = inside(all, users);
    const share = 1e5 / users;
    const delays = [...dataBits].map(
      (bits, n) => bits / (share * Math.log2(1 + (powerW[n]! * gain[n]!) / (NOISE * share))),
    );
    expect(metricsOf(all).delaySeconds).toBeCloseTo(Math.max(...delays), 7);
  });

  it("shares downlink bandwidth and power among those who switch, beside the uplink", () => {
    const users = 4;
    const mixed = world({ users }, 4);
    step(mixed, [0, 0, 1, 1], [ask(0.5), ask(0.5), 0, 0]);
    const before = metricsOf(mixed).delaySeconds;
    const { dataBits, powerW } = inside(mixed, users);
    // User 0 keeps 0.5, user 1 switches, user 2 downloads its first emulator, user 3 uploads.
    step(mixed, [0, 0, 0, 1], [ask(0.5), ask(0.8), ask(0.2), ask(0.2)]);
    const { gain, cached } = inside(mixed, users);
    const down = (n: number, retention: number) =>
      (retention * 10.8e9) / (0.5e6 * Math.log2(1 + (30 * gain[n]!) / (NOISE * 0.5e6)));
    const up = dataBits[3]! / (1e5 * Math.log2(1 + (powerW[3]! * gain[3]!) / (NOISE * 1e5)));
    expect(metricsOf(mixed).delaySeconds - before).toBeCloseTo(Math.max(down(1, 0.8), down(2, 0.2), up), 6);
    expect([...cached.subarray(0, 3)].map((value) => Number(value.toFixed(12)))).toEqual([0.5, 0.8, 0.2]);
    expect(cached[3]).toBe(-1);
    expect(metricsOf(mixed).switches).toBe(4);
  });

  it("averages the fading over the task's samples", () => {
    const averaged = world({ users: 1, fadingSamples: 10_000 });
    step(averaged, [0], [0]);
    const { gain, pathGain } = inside(averaged, 1);
    expect(Math.abs(gain[0]! / pathGain[0]! - 1)).toBeLessThan(0.05);
  });
});

describe("cache and switches", () => {
  it("downloads in the first local step whatever the retention, and never again for the same one", () => {
    for (const retention of [0.2, 0.35, 0.8]) {
      const one = world({ users: 1 });
      step(one, [0], [ask(retention)]);
      expect(metricsOf(one).switches).toBe(1);
      const delay = metricsOf(one).delaySeconds;
      for (let t = 0; t < 5; t++) step(one, [0], [ask(retention)]);
      expect(metricsOf(one).switches).toBe(1);
      expect(metricsOf(one).delaySeconds).toBe(delay);
    }
  });

  it("keeps the cached emulator through server steps, even when another one is asked for", () => {
    const one = world({ users: 1 });
    step(one, [0], [ask(0.5)]);
    step(one, [1], [ask(0.8)]);
    const delay = metricsOf(one).delaySeconds;
    step(one, [0], [ask(0.5)]);
    expect(metricsOf(one).switches).toBe(1);
    expect(metricsOf(one).delaySeconds).toBe(delay);
  });

  it("snaps raw actions to 21 retentions and clips them", () => {
    const reached = new Set<number>();
    for (let a = -1.5; a <= 1.5; a += 0.001) {
      const one = world({ users: 1 });
      step(one, [0], [a]);
      reached.add(Number(inside(one, 1).cached[0]!.toFixed(9)));
    }
    expect([...reached].sort()).toEqual(Array.from({ length: 21 }, (_, k) => Number((0.2 + 0.03 * k).toFixed(9))));
  });

  it("switches at every change of a continuous retention when the step is 0", () => {
    const one = world({ users: 1, retentionStep: 0 });
    for (let t = 0; t < 10; t++) step(one, [0], [t / 1000]);
    expect(metricsOf(one).switches).toBe(10);
    step(one, [0], [Math.fround(9 / 1000)]);
    expect(metricsOf(one).switches).toBe(10);
  });
});

describe("episodes", () => {
  it("end truly after T tasks and say how much has gone", () => {
    const three = world({ tasks: 3 });
    const nothing = [0, 0, 0, 0, 0, 0];
    expect(three.elapsed).toBe(0);
    step(three, nothing, nothing);
    expect(three.elapsed).toBeCloseTo(1 / 3, 15);
    step(three, nothing, nothing);
    expect(three.terminated).toBe(false);
    step(three, nothing, nothing);
    expect([three.terminated, three.truncated, three.elapsed]).toEqual([true, false, 1]);
    expect(() => three.advance()).toThrow(/reset/);
    three.reset(2);
    expect([three.terminated, three.elapsed, metricsOf(three).reward]).toEqual([false, 0, 0]);
  });

  it("have readable metrics before the first step", () => {
    expect(metricsOf(world())).toEqual({ reward: 0, delaySeconds: 0, perplexity: 0, switches: 0 });
  });

  it("give the same bytes for the same seed, after any earlier episode", () => {
    const play = (used: World) => {
      const stream = new RandomStream(5, "test actions");
      const states: Float64Array[] = [];
      used.reset(9);
      while (!used.terminated) {
        step(
          used,
          Array.from({ length: 6 }, () => stream.integer(2)),
          Array.from({ length: 6 }, () => stream.uniform(-1, 1)),
        );
        const state = new Float64Array(used.stateSize);
        used.saveState(state, 0);
        states.push(state);
      }
      return states;
    };
    const used = world({}, 77);
    step(used, [1, 0, 1, 0, 1, 0], [0, 0, 0, 0, 0, 0]);
    expect(play(used)).toEqual(play(world()));
  });

  it("draw the same fading, data and complexity whatever the actions", () => {
    const first = world({}, 12);
    const second = world({}, 12);
    for (let t = 0; t < 50; t++) {
      step(first, [0, 0, 0, 0, 0, 0], [t / 50, 1, 1, 1, 1, -t / 50]);
      step(second, [1, 1, 0, 1, 1, 1], [0, 0, 0, 0, 0, 0]);
      const { cached: firstCache, ...one } = inside(first, 6);
      const { cached: secondCache, ...other } = inside(second, 6);
      expect(one).toEqual(other);
      expect(firstCache).not.toEqual(secondCache);
    }
    expect(metricsOf(first).reward).not.toBe(metricsOf(second).reward);
  });

  it("continue bit for bit from a state saved in the middle", () => {
    const original = world({}, 21);
    const stream = new RandomStream(6, "test actions");
    const play = (worlds: readonly World[], steps: number) => {
      for (let t = 0; t < steps; t++) {
        const cases = Array.from({ length: 6 }, () => stream.integer(2));
        const emulators = Array.from({ length: 6 }, () => stream.uniform(-1, 1));
        for (const one of worlds) step(one, cases, emulators);
      }
    };
    play([original], 17);
    const size = original.stateSize;
    const saved = new Float64Array(size + 5).fill(-7);
    original.saveState(saved, 3);
    expect([...saved.subarray(0, 3), ...saved.subarray(size + 3)]).toEqual([-7, -7, -7, -7, -7]);
    const copy = world({}, 99);
    copy.loadState(saved, 3);
    const both = [new Float64Array(size), new Float64Array(size)] as const;
    const seen = [new Float32Array(42), new Float32Array(42)] as const;
    for (let t = 17; t <= 50; t++) {
      [original, copy].forEach((one, i) => {
        one.saveState(both[i]!, 0);
        one.observe(0, seen[i]!, 0);
        one.observe(1, seen[i]!, 24);
      });
      expect(both[1]).toEqual(both[0]);
      expect(seen[1]).toEqual(seen[0]);
      expect([copy.reward, copy.terminated, copy.elapsed]).toEqual([
        original.reward,
        original.terminated,
        original.elapsed,
      ]);
      if (t < 50) play([original, copy], 1);
    }
    expect(original.terminated).toBe(true);
  });

  it("still have the numbers of version 1", () => {
    const one = world({}, 2024);
    while (!one.terminated) step(one, [0, 1, 0, 1, 0, 1], [1, 1, one.elapsed, 1, 0, 1]);
    const { reward, delaySeconds, perplexity, switches } = metricsOf(one);
    expect(emulatorTuning.version).toBe(1);
    expect({ reward, delaySeconds, perplexity, switches }).toMatchInlineSnapshot(`
      {
        "delaySeconds": 28681.05614663605,
        "perplexity": 22.36274447968315,
        "reward": -141.3012398430348,
        "switches": 13,
      }
    `);
  });
});

describe("observations and actions", () => {
  it("are laid out as the paper's states, in order", () => {
    const { agents } = world();
    expect(agents).toEqual([
      {
        id: "case",
        observation: [
          { name: "channel gain", size: 6 },
          { name: "complexity", size: 6 },
          { name: "data size", size: 6 },
          { name: "cached emulator", size: 6 },
        ],
        action: { kind: "discrete", choices: [2, 2, 2, 2, 2, 2], masked: false },
      },
      {
        id: "emulator",
        observation: [
          { name: "cached emulator", size: 6 },
          { name: "case", size: 6, earlierAction: true },
          { name: "complexity", size: 6 },
        ],
        action: { kind: "continuous", size: 6 },
      },
    ]);
  });

  it("show gain, complexity, data and cache in the sheet's scale", () => {
    const two = world({ users: 2 }, 8);
    const first = new Float32Array(9);
    two.observe(0, first, 1);
    const start = inside(two, 2);
    for (const n of [0, 1]) {
      expect(first[1 + n]).toBeCloseTo(Math.log10(start.pathGain[n]!) + 8, 6);
      expect(first[3 + n]).toBeCloseTo((start.complexity[n]! - 20) / 10, 6);
      expect(first[5 + n]).toBeCloseTo((start.dataBits[n]! - 400e6) / 100e6, 6);
      expect(first[7 + n]).toBe(-2);
    }
    expect(first[0]).toBe(0);

    step(two, [0, 1], [ask(0.35), 0]);
    const later = inside(two, 2);
    two.observe(0, first, 1);
    expect(first[1]).toBeCloseTo(Math.log10(later.gain[0]!) + 8, 6);
    expect(later.gain[0]).not.toBe(start.pathGain[0]);
    expect(first[7]).toBeCloseTo((0.35 - 0.5) / 0.3, 6);
    expect(first[8]).toBe(-2);
  });

  it("show the second agent what the first chose within the step", () => {
    const two = world({ users: 2 }, 8);
    const seen = new Float32Array(6);
    two.act(0, Float32Array.of(9, 0, 1), 1);
    two.observe(1, seen, 0);
    expect([...seen.subarray(0, 4)]).toEqual([-2, -2, 0, 1]);
    two.act(0, Float32Array.of(1, 0), 0);
    two.observe(1, seen, 0);
    expect([...seen.subarray(2, 4)]).toEqual([1, 0]);
    expect(seen[4]).toBeCloseTo((inside(two, 2).complexity[0]! - 20) / 10, 6);
  });

  it("refuse what is no action", () => {
    const two = world({ users: 2 });
    expect(() => two.act(0, Float32Array.of(0, 2), 0)).toThrow(/case of user 1 is 0 or 1, not 2/);
    expect(() => two.act(1, Float32Array.of(Number.NaN, 0), 0)).toThrow(/user 0 is not a number/);
  });
});
