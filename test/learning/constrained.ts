/** PPO-Lagrangian against exact answers: what the weights' probabilities come to, not a sample of episodes. */
import { PolicyNetwork } from "../../lab/learners/shared/networks.ts";
import { Graph } from "../../lab/nn/graph.ts";
import { createReferenceWorkspace } from "../../lab/nn/reference/workspace.ts";
import { constrainedBanditOptimum } from "../../lab/scenarios/sanity/constrained-bandit.ts";
import {
  constrainedMdpLimit,
  constrainedOptimum,
  meanUnder,
  occupancyOf,
} from "../../lab/scenarios/sanity/constrained-mdp-optimum.ts";
import { ACTIONS, constrainedMdpTables, STATES } from "../../lab/scenarios/sanity/constrained-mdp-tables.ts";
import type { AgentSpace } from "../../lab/scenarios/scenario.ts";
import { type Outcome, type Trained, train } from "./check.ts";

const PROCESSES = 10;

/** pi(a | o) of a trained feed-forward actor for each observation, row by row. */
function probabilities({ loop, scenario, parameters }: Trained, observations: readonly number[][]): number[] {
  const agent = scenario.create(parameters.scenario).agents[0] as AgentSpace;
  const network = new PolicyNetwork(agent, String(parameters.learner.hidden).split("x").map(Number));
  const workspace = createReferenceWorkspace();
  const graph = new Graph("policy");
  const input = graph.input("observation", [observations.length, network.observationSize]);
  graph.output("probabilities", graph.softmax(network.apply(graph, input)));
  const program = workspace.compile(graph);
  workspace.loadWeights(loop.save().weights);
  program.input("observation").set(observations.flat());
  program.run();
  return [...program.output("probabilities")];
}

/** Value: the largest distance of a probability from the optimal mixture's; lambda over its optimum beside it. */
export function bandit(steps: number): (seed: number) => Outcome {
  return (seed) => {
    const trained = train({ scenario: "sanity/constrained-bandit", learner: "ppo-lagrangian", steps }, seed);
    const found = probabilities(trained, [[1]]);
    const distances = constrainedBanditOptimum.probabilities.map((best, arm) =>
      Math.abs((found[arm] as number) - best),
    );
    const lambda = trained.last.get("train/lambda") as number;
    return { value: Math.max(...distances), details: { lambdaRatio: lambda / constrainedBanditOptimum.multiplier } };
  };
}

/** Value: the lowest reward over the linear program's of ten processes; the highest cost over the limit beside it. */
export function mdps(steps: number): (seed: number) => Outcome {
  return (seed) => {
    let [reward, cost] = [Number.POSITIVE_INFINITY, 0];
    for (let mdp = 1; mdp <= PROCESSES; mdp++) {
      const tables = constrainedMdpTables(mdp);
      const costLimit = constrainedMdpLimit(tables);
      const set = { mdp, costLimit };
      const trained = train({ scenario: "sanity/constrained-mdp", learner: "ppo-lagrangian", steps, set }, seed);
      const states = Array.from({ length: STATES }, (_, s) =>
        Array.from({ length: STATES }, (_, i) => Number(i === s)),
      );
      const occupancy = occupancyOf(tables, probabilities(trained, states));
      if (occupancy.length !== STATES * ACTIONS) throw new Error("the policy has other states or actions");
      reward = Math.min(reward, meanUnder(occupancy, tables.rewards) / constrainedOptimum(tables, costLimit).reward);
      cost = Math.max(cost, meanUnder(occupancy, tables.costs) / costLimit);
    }
    return { value: reward, details: { costOverLimit: cost } };
  };
}
