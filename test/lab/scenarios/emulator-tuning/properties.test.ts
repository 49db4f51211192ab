import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defaults } from "../../../../lab/parameters.ts";
import { RandomStream } from "../../../../lab/random.ts";
import { emulatorTuning } from "../../../../lab/scenarios/emulator-tuning/index.ts";
import type { World } from "../../../../lab/scenarios/scenario.ts";
import { inside, metricsOf, step } from "./layout.ts";

type Values = Record<string, number>;
interface Range {
  readonly type: string;
  readonly minimum: number;
  readonly maximum: number;
}

/** Long episodes and many users or samples say nothing new here. */
const SMALL: Values = { users: 5, tasks: 7, fadingSamples: 3 };

/** Any parameters within their printed ranges, ends included, least and greatest in order. */
const anyParameters = (() => {
  const schema = z.toJSONSchema(emulatorTuning.parameters).properties as unknown as Record<string, Range>;
  const fields: Record<string, fc.Arbitrary<number>> = {};
  for (const [name, { type, minimum, maximum }] of Object.entries(schema)) {
    const most = SMALL[name] ?? maximum;
    fields[name] =
      type === "integer"
        ? fc.integer({ min: minimum, max: most })
        : fc.oneof(fc.double({ min: minimum, max: most, noNaN: true }), fc.constantFrom(minimum, most));
  }
  return fc.tuple(fc.record(fields), fc.double({ min: 0, max: 1, noNaN: true })).map(([drawn, share]) => {
    const values: Values = { ...drawn };
    for (const name of ["data", "complexity", "retention", "power", "distance"]) {
      const [low, high] = [values[`${name}Min`]!, values[`${name}Max`]!];
      values[`${name}Min`] = Math.min(low, high);
      values[`${name}Max`] = Math.max(low, high);
    }
    const span = values.retentionMax! - values.retentionMin!;
    values.retentionStep = share < 0.2 || span < 1e-6 ? 0 : span * Math.max(share, 0.01);
    return values;
  });
})();

/** Plays an episode with random actions that depend on `seed` only; `each` sees every step. */
function play(
  world: World,
  users: number,
  seed: number,
  each: (cases: readonly number[], emulators: readonly number[]) => void = () => {},
): void {
  const stream = new RandomStream(seed, "test actions");
  world.reset(seed);
  while (!world.terminated) {
    const cases = Array.from({ length: users }, () => stream.integer(2));
    const emulators = Array.from({ length: users }, () => stream.integer(5) / 2 - 1);
    step(world, cases, emulators);
    each(cases, emulators);
  }
}

describe("emulator-tuning under any parameters", () => {
  it("never yields NaN or infinity, and pays the weighted sum of perplexity and delay", () => {
    fc.assert(
      fc.property(anyParameters, fc.nat(), (values, seed) => {
        const world = emulatorTuning.create(values);
        const users = values.users!;
        const seen = new Float32Array(7 * users);
        play(world, users, seed, () => {
          world.observe(0, seen, 0);
          world.observe(1, seen, 4 * users);
          expect(seen.every(Number.isFinite)).toBe(true);
          expect(Number.isFinite(world.reward)).toBe(true);
        });
        const { reward, delaySeconds, perplexity, switches } = metricsOf(world);
        const perplexityPart = values.perplexityWeight! * perplexity * values.tasks!;
        const delayPart = values.delayWeight! * delaySeconds;
        // Round-off is relative to the terms, which may cancel out.
        const curve = ["perplexityQuadratic", "perplexityLinear", "perplexityConstant"] as const;
        const largest = curve.reduce((sum, name) => sum + Math.abs(values[name]!), 0);
        const greatestPerplexity = largest * (1 + values.complexityWeight! / values.complexityMin!);
        const scale = Math.abs(values.perplexityWeight! * values.tasks!) * greatestPerplexity + Math.abs(delayPart);
        expect(Math.abs(reward - perplexityPart - delayPart)).toBeLessThanOrEqual(1e-12 * scale + 1e-300);
        expect(delaySeconds).toBeGreaterThanOrEqual(0);
        expect(switches).toBeLessThanOrEqual(users * values.tasks!);
      }),
      { numRuns: 300 },
    );
  });

  it("counts one switch for every local task whose emulator is not the cached one", () => {
    fc.assert(
      fc.property(anyParameters, fc.nat(), (values, seed) => {
        const users = values.users!;
        const world = emulatorTuning.create(values);
        let before = new Float64Array(users).fill(-1);
        let switches = 0;
        play(world, users, seed, (cases) => {
          const { cached } = inside(world, users);
          for (let n = 0; n < users; n++) {
            if (cached[n] !== before[n]) {
              switches++;
              expect(cases[n]).toBe(0);
            }
            if (cases[n] === 0) {
              expect(cached[n]).toBeGreaterThanOrEqual(values.retentionMin!);
              expect(cached[n]).toBeLessThanOrEqual(values.retentionMax!);
            }
          }
          before = cached;
        });
        expect(metricsOf(world).switches).toBe(switches);
      }),
      { numRuns: 100 },
    );
  });

  it("never takes longer with more bandwidth or power, for the same actions", () => {
    const names = ["uplinkBandwidth", "downlinkBandwidth", "downlinkPower"] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.double({ min: 1, max: 50, noNaN: true }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(),
        (name, factor, users, seed) => {
          const values = { ...defaults(emulatorTuning.parameters), users, tasks: 10 } as Values;
          const narrow = emulatorTuning.create(values);
          const wide = emulatorTuning.create({ ...values, [name]: values[name]! * factor });
          play(narrow, users, seed);
          play(wide, users, seed);
          expect(metricsOf(wide).delaySeconds).toBeLessThanOrEqual(metricsOf(narrow).delaySeconds * (1 + 1e-12));
          expect(metricsOf(wide).perplexity).toBe(metricsOf(narrow).perplexity);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("parameters of emulator-tuning", () => {
  it("that do not fit together are refused by name", () => {
    const create = (set: Values) => () => emulatorTuning.create({ ...defaults(emulatorTuning.parameters), ...set });
    expect(create({ dataMin: 600 })).toThrow(RangeError);
    expect(create({ dataMin: 600 })).toThrow(/dataMin \(600\) must not be greater than dataMax \(500\)/);
    expect(create({ retentionMax: 0.1 })).toThrow(/retentionMin \(0.2\).*retentionMax \(0.1\)/);
    expect(create({ complexityMax: 5 })).toThrow(/complexityMin.*complexityMax/);
    expect(create({ powerMin: 2 })).toThrow(/powerMin.*powerMax/);
    expect(create({ distanceMax: 10 })).toThrow(/distanceMin.*distanceMax/);
    expect(create({ retentionStep: 0.7 })).toThrow(/retentionStep \(0.7\)/);
  });

  it("out of range are refused by name", () => {
    for (const [name, value] of [
      ["users", 0],
      ["users", 2.5],
      ["uplinkBandwidth", 0],
      ["complexityMin", 0],
      ["delayWeight", Number.NaN],
    ] as const) {
      const result = emulatorTuning.parameters.safeParse({ [name]: value });
      expect(result.error?.issues.map((issue) => issue.path)).toEqual([[name]]);
    }
  });

  it("each say unit, source, reason, help and group, and have a range", () => {
    const schema = z.toJSONSchema(emulatorTuning.parameters);
    for (const field of Object.values(schema.properties ?? {})) {
      expect(field).toMatchObject({
        title: expect.stringMatching(/./),
        unit: expect.any(String),
        source: expect.stringMatching(/^(paper|derived|assumed)$/),
        reason: expect.stringMatching(/./),
        help: expect.stringMatching(/./),
        group: expect.stringMatching(/./),
        default: expect.any(Number),
        minimum: expect.any(Number),
        maximum: expect.any(Number),
      });
    }
  });
});
