import { describe, expect, it } from "vitest";
import { RandomStream } from "../../../lab/random.ts";
import { importance, type SweepFactor } from "../../../lab/stats/importance.ts";

interface Point {
  readonly a: number;
  readonly b: number;
  readonly noise: number;
}

/** Every a x b with so many seeds, and standard normal noise. */
function grid(levelsA: number, levelsB: number, seeds: number, stream: RandomStream): Point[] {
  const points: Point[] = [];
  for (let a = 0; a < levelsA; a++)
    for (let b = 0; b < levelsB; b++)
      for (let seed = 0; seed < seeds; seed++) points.push({ a, b, noise: stream.normal() });
  return points;
}

const factorsOf = (points: readonly Point[]): SweepFactor[] => [
  { key: "a", levels: points.map(({ a }) => a) },
  { key: "b", levels: points.map(({ b }) => `kind ${b}`) },
];

function judge(points: readonly Point[], value: (point: Point) => number, permutations = 999) {
  const report = importance(factorsOf(points), points.map(value), { permutations });
  const [a, b] = report.parameters;
  return { report, a: a!, b: b! };
}

describe("importance on a full grid", () => {
  it("takes a small grid apart as by hand", () => {
    // Cell means 1, 3, 5, 11, two seeds each 1 apart: s^2 = 0.5, of a mean 0.25; squares: total 56, a 36, b 16, a x b 4.
    const points = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 10.5, 11.5];
    const factors = [
      { key: "a", levels: [0, 0, 0, 0, 1, 1, 1, 1] },
      { key: "b", levels: [false, false, true, true, false, false, true, true] },
    ];
    const report = importance(factors, points);
    expect(report).toMatchObject({ method: "grid", runs: 8, cells: 4, noise: "removed" });
    expect(report.parameters[0]!.share).toBeCloseTo((36 - 0.25) / 56, 12);
    expect(report.parameters[1]!.share).toBeCloseTo((16 - 0.25) / 56, 12);
    expect(report.interactions).toBeCloseTo((4 - 0.25) / 56, 12);
  });

  it("gives a pure effect everything and the idle parameter nothing", () => {
    const points = grid(3, 3, 3, new RandomStream(1, "test"));
    const { report, a, b } = judge(points, ({ a, noise }) => 10 * a + noise);
    expect(report.method).toBe("grid");
    expect(a.share).toBeGreaterThan(0.95);
    expect(a.pAdjusted).toBeLessThan(0.01);
    expect(b.share).toBeLessThan(0.03);
    expect(b.pAdjusted).toBeGreaterThan(0.05);
  });

  it("says that a pure interaction belongs to no single parameter", () => {
    const points = grid(2, 2, 5, new RandomStream(2, "test"));
    const { report, a, b } = judge(points, ({ a, b, noise }) => (a === b ? 10 : 0) + noise);
    expect(report.interactions).toBeGreaterThan(0.95);
    expect(a.share + b.share).toBeLessThan(0.03);
    expect(Math.min(a.pAdjusted, b.pAdjusted)).toBeGreaterThan(0.05);
  });

  it("can never tell four single runs from chance", () => {
    const points = grid(2, 2, 1, new RandomStream(3, "test"));
    const { report, a } = judge(points, ({ a, noise }) => 1000 * a + noise);
    expect(report).toMatchObject({ method: "grid", noise: "unknown" });
    // Four orders within the strata; two of them are as extreme.
    expect(a.p).toBeCloseTo(0.5, 1);
  });

  it("finds an effect about once in twenty where there is none, whatever the other parameter does", () => {
    const stream = new RandomStream(4, "test");
    const sweeps = 400;
    let found = 0;
    let shares = 0;
    for (let i = 0; i < sweeps; i++) {
      const { b } = judge(grid(3, 3, 3, stream), ({ a, noise }) => 5 * a + noise, 99);
      if (b.p <= 0.05) found++;
      shares += b.share;
    }
    // Binomial(400, 0.05): 20 +- 4.4.
    expect(found).toBeGreaterThan(6);
    expect(found).toBeLessThan(34);
    expect(shares / sweeps).toBeLessThan(0.02);
  });

  it("stays exact when seeds are missing from some cells", () => {
    const stream = new RandomStream(5, "test");
    let found = 0;
    for (let i = 0; i < 300; i++) {
      const points = grid(2, 3, 3, stream).filter((_, run) => run % 4 !== 1);
      const { report, b } = judge(points, ({ a, noise }) => 3 * a + noise, 99);
      expect(report.method).toBe("grid");
      if (b.p <= 0.05) found++;
    }
    // Binomial(300, 0.05): 15 +- 3.8.
    expect(found).toBeGreaterThan(3);
    expect(found).toBeLessThan(27);
  });
});

/** Random search: a continuous, b one of three. */
function randomSweep(runs: number, stream: RandomStream): Point[] {
  return Array.from({ length: runs }, () => ({ a: stream.uniform(), b: stream.integer(3), noise: stream.normal() }));
}

describe("importance without a grid", () => {
  it("finds a monotone effect with its direction, and a choice's effect", () => {
    const points = randomSweep(60, new RandomStream(6, "test"));
    const falling = judge(points, ({ a, noise }) => -Math.exp(5 * a) + noise);
    expect(falling.report.method).toBe("ranks");
    expect(falling.report.interactions).toBeNaN();
    expect(falling.a.share).toBeGreaterThan(0.8);
    expect(falling.a.pAdjusted).toBeLessThan(0.01);
    expect(falling.a.correlation!.high).toBeLessThan(-0.8);
    expect(falling.b.correlation).toBeUndefined();
    expect(falling.b.pAdjusted).toBeGreaterThan(0.05);
    const chosen = judge(points, ({ b, noise }) => (b === 1 ? 8 : 0) + noise);
    expect(chosen.b.share).toBeGreaterThan(0.6);
    expect(chosen.b.pAdjusted).toBeLessThan(0.01);
  });

  it("finds an effect about once in twenty where there is none", () => {
    const stream = new RandomStream(7, "test");
    const found = { a: 0, b: 0 };
    for (let i = 0; i < 400; i++) {
      const { a, b } = judge(randomSweep(20, stream), ({ noise }) => noise, 99);
      if (a.p <= 0.05) found.a++;
      if (b.p <= 0.05) found.b++;
    }
    for (const count of [found.a, found.b]) {
      expect(count).toBeGreaterThan(6);
      expect(count).toBeLessThan(34);
    }
  });

  it("counts a cell once, however many seeds it has", () => {
    // Six draws of a, ten seeds each: 60 runs, but six values of a.
    const stream = new RandomStream(8, "test");
    const points = Array.from({ length: 6 }, () => ({
      a: stream.uniform(),
      b: stream.integer(3),
      shift: stream.normal(),
    }));
    const runs = points.flatMap((point) => Array.from({ length: 10 }, () => ({ ...point, noise: 0 })));
    const report = importance(
      factorsOf(runs),
      runs.map((_, i) => points[Math.floor(i / 10)]!.shift),
    );
    expect(report).toMatchObject({ method: "ranks", runs: 60, cells: 6 });
    expect(report.parameters.every(({ pAdjusted }) => pAdjusted > 0.05)).toBe(true);
  });

  it("judges one parameter with one run a value by ranks, and by its cells once it has seeds", () => {
    const levels = [1, 2, 3, 4, 5, 6, 7, 8];
    const single = importance([{ key: "a", levels }], [1, 2, 3, 4, 5, 6, 7, 9]);
    expect(single.method).toBe("ranks");
    expect(single.parameters[0]!.pAdjusted).toBeLessThan(0.01);
    const seeded = importance(
      [{ key: "a", levels: [...levels, ...levels] }],
      [...levels, ...levels.map((x) => x + 0.1)],
    );
    expect(seeded.method).toBe("grid");
    expect(seeded.parameters[0]!.pAdjusted).toBeLessThan(0.01);
  });
});

describe("importance", () => {
  it("answers the same every time", () => {
    const points = randomSweep(30, new RandomStream(9, "test"));
    const value = ({ a, noise }: Point) => a + noise;
    expect(judge(points, value).report).toEqual(judge(points, value).report);
  });

  it("finds nothing where the metric does not vary", () => {
    const points = grid(2, 3, 2, new RandomStream(10, "test"));
    const { a, b, report } = judge(points, () => 7);
    expect([a.share, b.share, report.interactions]).toEqual([0, 0, 0]);
    expect([a.p, b.p]).toEqual([1, 1]);
  });

  it("refuses what it cannot judge", () => {
    expect(() => importance([], [])).toThrow("at least one run");
    expect(() => importance([{ key: "a", levels: [1] }], [1, 2])).toThrow("a has 1 levels for 2 runs");
    expect(() => importance([{ key: "a", levels: [1, 2] }], [1, Number.NaN])).toThrow("finite");
  });
});
