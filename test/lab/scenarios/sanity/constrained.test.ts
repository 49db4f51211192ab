import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { constrainedBandit, constrainedBanditOptimum } from "../../../../lab/scenarios/sanity/constrained-bandit.ts";
import { constrainedMdp } from "../../../../lab/scenarios/sanity/constrained-mdp.ts";
import {
  constrainedMdpLimit,
  constrainedOptimum,
  meanUnder,
  occupancyOf,
} from "../../../../lab/scenarios/sanity/constrained-mdp-optimum.ts";
import {
  ACTIONS,
  CONTINUE,
  type ConstrainedMdp,
  constrainedMdpTables,
  STATES,
} from "../../../../lab/scenarios/sanity/constrained-mdp-tables.ts";
import { scores, seenBy, setState, stateOf, step } from "./support.ts";

const PAIRS = STATES * ACTIONS;
const numbers = Array.from({ length: 10 }, (_, i) => i + 1);

/** A policy's mean reward and cost a step. */
interface Point {
  readonly reward: number;
  readonly cost: number;
}

/** x with A x = b, by Gaussian elimination with pivots. */
function solve(a: readonly (readonly number[])[], b: readonly number[]): number[] {
  const rows = a.map((row, i) => [...row, b[i]!]);
  const n = rows.length;
  for (let column = 0; column < n; column++) {
    const pivot = rows
      .slice(column)
      .reduce((best, row) => (Math.abs(row[column]!) > Math.abs(best[column]!) ? row : best));
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(column, 0, pivot);
    for (const row of rows) {
      if (row === pivot) continue;
      const factor = row[column]! / pivot[column]!;
      for (let j = column; j <= n; j++) row[j] = row[j]! - factor * pivot[j]!;
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!);
}

/** V = table under the policy + CONTINUE P V, solved; its mean over the starts, a step. */
function evaluateExactly(mdp: ConstrainedMdp, probabilities: ArrayLike<number>): Point {
  const states = Array.from({ length: STATES }, (_, s) => s);
  const actions = Array.from({ length: ACTIONS }, (_, a) => a);
  const under = (state: number, value: (pair: number) => number) =>
    actions.reduce((sum, a) => sum + probabilities[state * ACTIONS + a]! * value(state * ACTIONS + a), 0);
  const system = states.map((s) =>
    states.map((next) => (s === next ? 1 : 0) - CONTINUE * under(s, (pair) => mdp.transitions[pair * STATES + next]!)),
  );
  const meanOf = (table: Float64Array) => {
    const values = solve(
      system,
      states.map((s) => under(s, (pair) => table[pair]!)),
    );
    return (1 - CONTINUE) * states.reduce((sum, s) => sum + mdp.start[s]! * values[s]!, 0);
  };
  return { reward: meanOf(mdp.rewards), cost: meanOf(mdp.costs) };
}

/** All deterministic policies. */
function deterministic(): Float64Array[] {
  return Array.from({ length: ACTIONS ** STATES }, (_, code) => {
    const probabilities = new Float64Array(PAIRS);
    for (let s = 0; s < STATES; s++) probabilities[s * ACTIONS + (Math.floor(code / ACTIONS ** s) % ACTIONS)] = 1;
    return probabilities;
  });
}

/** The linear program's value: the best mixture of any two deterministic policies within the limit. */
function bruteForce(points: readonly Point[], limit: number): number {
  let best = Number.NEGATIVE_INFINITY;
  for (const a of points) {
    if (a.cost > limit) continue;
    best = Math.max(best, a.reward);
    for (const b of points) {
      if (b.cost <= limit) continue;
      const share = (limit - a.cost) / (b.cost - a.cost);
      best = Math.max(best, share * b.reward + (1 - share) * a.reward);
    }
  }
  return best;
}

describe("the constrained optimum", () => {
  it.each(numbers)("of process %i equals the best of all mixtures of deterministic policies", (number) => {
    const mdp = constrainedMdpTables(number);
    const points = deterministic().map((policy) => evaluateExactly(mdp, policy));
    const least = Math.min(...points.map(({ cost }) => cost));
    const richest = points.reduce((best, point) => (point.reward > best.reward ? point : best));
    expect(constrainedMdpLimit(mdp)).toBeCloseTo((least + richest.cost) / 2, 10);

    for (const share of [0.01, 0.25, 0.5, 0.75, 0.99, 1, 1.5]) {
      const limit = least + share * (richest.cost - least);
      const optimum = constrainedOptimum(mdp, limit);
      expect(Math.abs(optimum.reward - bruteForce(points, limit))).toBeLessThan(1e-9);
      expect(optimum.cost).toBeLessThan(limit + 1e-9);
      // The policy found has that reward and cost, by a calculation of another kind.
      const point = evaluateExactly(mdp, optimum.probabilities);
      expect(Math.abs(point.reward - optimum.reward)).toBeLessThan(1e-9);
      expect(Math.abs(point.cost - optimum.cost)).toBeLessThan(1e-9);
    }
  });

  it.each(numbers)("of process %i has a multiplier that bounds every policy's reward", (number) => {
    const mdp = constrainedMdpTables(number);
    const limit = constrainedMdpLimit(mdp);
    const { reward, cost, multiplier } = constrainedOptimum(mdp, limit);
    expect(multiplier).toBeGreaterThan(0);
    expect(cost).toBeCloseTo(limit, 12);
    for (const policy of deterministic()) {
      const point = evaluateExactly(mdp, policy);
      expect(point.reward - multiplier * (point.cost - limit)).toBeLessThan(reward + 1e-9);
    }
  });

  it("does not bind where the limit is above what the best reward costs", () => {
    const mdp = constrainedMdpTables(3);
    const { multiplier, reward } = constrainedOptimum(mdp, 1);
    const best = Math.max(...deterministic().map((policy) => evaluateExactly(mdp, policy).reward));
    expect([multiplier, Math.abs(reward - best) < 1e-9]).toEqual([0, true]);
  });

  it("refuses a limit that no policy keeps", () => {
    expect(() => constrainedOptimum(constrainedMdpTables(1), 0)).toThrow(/no policy costs less than .* limit is 0/);
  });

  it("has occupancies that are shares of all steps and give means as values do", () => {
    const mdp = constrainedMdpTables(2);
    const weights = fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: PAIRS, maxLength: PAIRS });
    fc.assert(
      fc.property(weights, (drawn) => {
        const policy = drawn.map((weight, pair) => {
          const first = pair - (pair % ACTIONS);
          return weight / drawn.slice(first, first + ACTIONS).reduce((a, b) => a + b, 0);
        });
        const occupancy = occupancyOf(mdp, policy);
        expect(occupancy.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
        const point = evaluateExactly(mdp, policy);
        expect(meanUnder(occupancy, mdp.rewards)).toBeCloseTo(point.reward, 12);
        expect(meanUnder(occupancy, mdp.costs)).toBeCloseTo(point.cost, 12);
      }),
      { numRuns: 30 },
    );
  });
});

describe("constrained MDP", () => {
  it("has ten different processes, each with distributions, rewards and costs in range", () => {
    const all = numbers.map(constrainedMdpTables);
    expect(new Set(all.map(({ rewards }) => String(rewards))).size).toBe(10);
    for (const { transitions, rewards, costs, start } of all) {
      for (let pair = 0; pair < PAIRS; pair++) {
        const row = transitions.subarray(pair * STATES, (pair + 1) * STATES);
        expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
        expect(Math.min(...row)).toBeGreaterThan(0);
      }
      expect(start.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      for (const value of [...rewards, ...costs]) expect(value > 0 && value < 1).toBe(true);
    }
    expect(constrainedMdpTables(4)).toEqual(all[3]);
    expect(() => constrainedMdp.create({ mdp: 11 })).toThrow(/mdp/);
  });

  it("moves, pays and costs as its tables say", () => {
    const mdp = constrainedMdpTables(6);
    const world = constrainedMdp.create({ mdp: 6 });
    const arrivals = new Float64Array(STATES);
    let ended = 0;
    const plays = 20_000;
    for (let seed = 0; seed < plays; seed++) {
      world.reset(seed);
      setState(world, [3]);
      expect(seenBy(world)).toEqual([0, 0, 0, 1, 0]);
      step(world, 1);
      expect([world.reward, world.cost]).toEqual([mdp.rewards[3 * ACTIONS + 1], mdp.costs[3 * ACTIONS + 1]]);
      arrivals[stateOf(world, 1)[0]!]! += 1;
      if (world.terminated) ended++;
    }
    const near = (count: number, probability: number) =>
      Math.abs(count / plays - probability) < 4 * Math.sqrt((probability * (1 - probability)) / plays);
    for (let s = 0; s < STATES; s++)
      expect(near(arrivals[s]!, mdp.transitions[(3 * ACTIONS + 1) * STATES + s]!)).toBe(true);
    expect(near(ended, 0.1)).toBe(true);
  });

  it("starts as its tables say", () => {
    const mdp = constrainedMdpTables(1);
    const world = constrainedMdp.create({ mdp: 1 });
    const starts = new Float64Array(STATES);
    for (let seed = 0; seed < 20_000; seed++) {
      world.reset(seed);
      starts[stateOf(world, 1)[0]!]! += 1;
    }
    for (let s = 0; s < STATES; s++) {
      const p = mdp.start[s]!;
      expect(Math.abs(starts[s]! / 20_000 - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / 20_000));
    }
  });

  it("ends at the same step for the same seed, whatever is done", () => {
    const lengthOf = (choose: (t: number) => number, seed: number) => {
      const world = constrainedMdp.create({ mdp: 2 });
      world.reset(seed);
      let t = 0;
      while (!world.terminated) step(world, choose(t++));
      return t;
    };
    for (let seed = 0; seed < 20; seed++) expect(lengthOf(() => 0, seed)).toBe(lengthOf((t) => t % 3, seed));
  });

  it.each(numbers)("pays the optimal policy in process %i what the linear program says, at the limit", (number) => {
    const mdp = constrainedMdpTables(number);
    const limit = constrainedMdpLimit(mdp);
    const played = scores(constrainedMdp, "optimal", 4000, { mdp: number });
    const { reward_per_step: reward, cost_per_step: cost } = played;
    expect(Math.abs(reward!.mean - constrainedOptimum(mdp, limit).reward)).toBeLessThan(4 * reward!.standardError);
    expect(Math.abs(cost!.mean - limit)).toBeLessThan(4 * cost!.standardError);
    expect(played.reward!.mean).toBeCloseTo(10 * reward!.mean, 10);
    expect(played.cost!.mean).toBeCloseTo(10 * cost!.mean, 10);
  });
});

describe("constrained bandit", () => {
  it("pays and costs what its arms say, once", () => {
    const world = constrainedBandit.create({});
    const pulls = [0, 1, 2].map((arm) => {
      world.reset(arm);
      expect(world.cost).toBe(0);
      step(world, arm);
      expect([world.terminated, world.truncated, world.elapsed]).toEqual([true, false, 1]);
      const metrics = new Float64Array(2);
      world.readMetrics(metrics);
      expect([...metrics]).toEqual([world.reward, world.cost]);
      return [world.reward, world.cost];
    });
    expect(pulls).toEqual([
      [1, 1],
      [0.6, 0.4],
      [0.2, 0],
    ]);
  });

  it("has the optimum that a fine grid of mixtures finds", () => {
    const { limit, probabilities, reward, multiplier } = constrainedBanditOptimum;
    let best = { reward: -1, at: [0, 0] };
    const n = 600;
    for (let i = 0; i <= n; i++) {
      for (let j = 0; i + j <= n; j++) {
        const [a, b] = [i / n, j / n];
        if (a + 0.4 * b > limit + 1e-12) continue;
        const paid = a + 0.6 * b + 0.2 * (1 - a - b);
        if (paid > best.reward + 1e-12) best = { reward: paid, at: [a, b] };
      }
    }
    expect(best.reward).toBeCloseTo(reward, 12);
    expect(best.at).toEqual([probabilities[0], probabilities[1]]);
    // At the multiplier both arms in use are worth the same, the third less.
    const worth = [1 - multiplier, 0.6 - 0.4 * multiplier, 0.2];
    expect(worth[0]).toBeCloseTo(worth[1]!, 12);
    expect(worth[2]).toBeLessThan(worth[0]!);
  });

  it("pays the optimal policy 2/3 at the limit", () => {
    const { reward, cost } = scores(constrainedBandit, "optimal", 4000);
    expect(Math.abs(reward!.mean - 2 / 3)).toBeLessThan(4 * reward!.standardError);
    expect(Math.abs(cost!.mean - 0.5)).toBeLessThan(4 * cost!.standardError);
  });
});
