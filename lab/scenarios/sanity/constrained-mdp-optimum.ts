import { ACTIONS, CONTINUE, type ConstrainedMdp, STATES } from "./constrained-mdp-tables.ts";

/** Rounds of a fixed-point iteration that shrinks errors by {@link CONTINUE} each: 0.9^400 is 5e-19. */
const ROUNDS = 400;
/** Two values nearer than this are equal. */
const TIE = 1e-10;

/** A policy by where it goes: expected share of all steps spent in (s, a), [STATES x ACTIONS], sum 1. */
export type Occupancy = Float64Array;

/**
 * Occupancy of the stationary policy `probabilities`, P(a | s) [STATES x ACTIONS]: the fixed point of
 * d = (1 - c) start + c P^T d with c = {@link CONTINUE}.
 */
export function occupancyOf(mdp: ConstrainedMdp, probabilities: ArrayLike<number>): Occupancy {
  const { transitions, start } = mdp;
  let visits = Float64Array.from(start);
  for (let round = 0; round < ROUNDS; round++) {
    const next = start.map((probability) => (1 - CONTINUE) * probability);
    for (let pair = 0; pair < STATES * ACTIONS; pair++) {
      const flow = CONTINUE * visits[Math.floor(pair / ACTIONS)]! * probabilities[pair]!;
      for (let s = 0; s < STATES; s++) next[s] = next[s]! + flow * transitions[pair * STATES + s]!;
    }
    visits = next;
  }
  return Float64Array.from({ length: STATES * ACTIONS }, (_, pair) => {
    return visits[Math.floor(pair / ACTIONS)]! * probabilities[pair]!;
  });
}

/** Mean of a table [STATES x ACTIONS] over all steps. */
export function meanUnder(occupancy: Occupancy, table: Float64Array): number {
  return table.reduce((sum, value, pair) => sum + value * occupancy[pair]!, 0);
}

/** A deterministic policy as a point of the reward-cost plane; means a step. */
interface Vertex {
  readonly occupancy: Occupancy;
  readonly reward: number;
  readonly cost: number;
}

/** The deterministic policy that maximises a table's total, by value iteration. */
function bestFor(mdp: ConstrainedMdp, table: Float64Array): Vertex {
  let values = new Float64Array(STATES);
  const worth = (pair: number) => {
    let beyond = 0;
    for (let s = 0; s < STATES; s++) beyond += mdp.transitions[pair * STATES + s]! * values[s]!;
    return table[pair]! + CONTINUE * beyond;
  };
  const best = (state: number) => {
    let chosen = state * ACTIONS;
    for (let a = 1; a < ACTIONS; a++) if (worth(state * ACTIONS + a) > worth(chosen)) chosen = state * ACTIONS + a;
    return chosen;
  };
  for (let round = 0; round < ROUNDS; round++) values = values.map((_, state) => worth(best(state)));
  const probabilities = new Float64Array(STATES * ACTIONS);
  for (let state = 0; state < STATES; state++) probabilities[best(state)] = 1;
  const occupancy = occupancyOf(mdp, probabilities);
  return { occupancy, reward: meanUnder(occupancy, mdp.rewards), cost: meanUnder(occupancy, mdp.costs) };
}

const leastCost = (mdp: ConstrainedMdp) =>
  bestFor(
    mdp,
    mdp.costs.map((cost) => -cost),
  );

/** The limit of a learning check, a cost a step: midway between the least cost and that of the best reward. */
export function constrainedMdpLimit(mdp: ConstrainedMdp): number {
  return (leastCost(mdp).cost + bestFor(mdp, mdp.rewards).cost) / 2;
}

/** The best that a policy can do whose mean cost a step is at most the limit. */
export interface ConstrainedOptimum {
  /** Mean reward a step, the linear program's value. */
  readonly reward: number;
  /** Mean cost a step. */
  readonly cost: number;
  /** Reward that one more unit of cost would buy; 0 where the limit does not bind. */
  readonly multiplier: number;
  /** P(a | s) [STATES x ACTIONS] of a stationary policy that reaches it. */
  readonly probabilities: Float64Array;
}

/**
 * Exact optimum of the linear program max sum(d r) over occupancies d with sum(d c) <= limit (Altman, 1999). The
 * occupancies form a polytope whose vertices are the deterministic policies; under one constraint the optimum lies on
 * the edge of the reward-cost hull that crosses the limit. The edge is found by turning: the slope between a vertex on
 * either side is the next multiplier, until no vertex lies above their chord.
 *
 * @throws RangeError when no policy keeps the limit.
 */
export function constrainedOptimum(mdp: ConstrainedMdp, limit: number): ConstrainedOptimum {
  let over = bestFor(mdp, mdp.rewards);
  if (over.cost <= limit) return mixture(over, over, 1, 0);
  let under = leastCost(mdp);
  if (under.cost > limit) throw new RangeError(`no policy costs less than ${under.cost} a step, the limit is ${limit}`);
  while (true) {
    const multiplier = (over.reward - under.reward) / (over.cost - under.cost);
    const next = bestFor(
      mdp,
      mdp.rewards.map((reward, pair) => reward - multiplier * mdp.costs[pair]!),
    );
    const gain = next.reward - multiplier * next.cost - (under.reward - multiplier * under.cost);
    if (gain < TIE) return mixture(over, under, (limit - under.cost) / (over.cost - under.cost), multiplier);
    if (next.cost > limit) over = next;
    else under = next;
  }
}

/** The policy that visits as `share` of `over` and the rest of `under` together. */
function mixture(over: Vertex, under: Vertex, share: number, multiplier: number): ConstrainedOptimum {
  const occupancy = over.occupancy.map((value, pair) => share * value + (1 - share) * under.occupancy[pair]!);
  const probabilities = occupancy.map((value, pair) => {
    const first = pair - (pair % ACTIONS);
    return value / occupancy.subarray(first, first + ACTIONS).reduce((sum, other) => sum + other, 0);
  });
  return {
    reward: share * over.reward + (1 - share) * under.reward,
    cost: share * over.cost + (1 - share) * under.cost,
    multiplier,
    probabilities,
  };
}
