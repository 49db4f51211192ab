import { Graph } from "../../nn/graph.ts";
import type { Numbers, Program, Workspace } from "../../nn/workspace.ts";
import { RandomStream } from "../../random.ts";
import type { AgentSpace, Policy, World } from "../../scenarios/scenario.ts";
import type { TensorMap } from "../../tensors.ts";
import type { PolicySetting } from "../learner.ts";
import { hiddenWidths, PolicyNetwork } from "./networks.ts";

interface Head {
  /** Its agent's place among those that share the network. */
  readonly identity: number;
  readonly network: PolicyNetwork;
  readonly program: Program;
  /** Live memory of the batch-1 program. */
  readonly input: Numbers;
  readonly output: Numbers;
  readonly logStd: Numbers | undefined;
  readonly observation: Float32Array;
  readonly mask: Float32Array | undefined;
  readonly action: Float32Array;
}

/**
 * The agents' networks, one an agent or one for several, deciding in one world at a time: the most likely option and
 * the mean of a Gaussian, or drawn actions when `sample` is true (from the stream (world seed, "policy")). It reads the
 * live weights of the workspace.
 */
export class NetworkPolicy implements Policy {
  private readonly heads: readonly Head[];
  private readonly stream: RandomStream | undefined;

  constructor(workspace: Workspace, networks: readonly PolicyNetwork[], sample: boolean) {
    const heads: Head[] = [];
    for (const network of networks) {
      // Agents that share a network share its program and buffers: each acts before the next one observes.
      const known = heads.filter((head) => head.network === network);
      heads.push(known[0] ? { ...known[0], identity: known.length } : compileHead(workspace, network));
    }
    this.heads = heads;
    this.stream = sample ? new RandomStream(0, "policy") : undefined;
  }

  reset(seed: number): void {
    this.stream?.reseed(seed, "policy");
  }

  decide(world: World): void {
    for (let k = 0; k < this.heads.length; k++) {
      const head = this.heads[k] as Head;
      const { network, identity, observation, input, output, logStd, mask, action } = head;
      world.observe(k, observation, 0);
      network.identify(identity, observation, 0);
      if (mask) world.mask?.(k, mask, 0);
      for (let i = 0; i < observation.length; i++) input[i] = observation[i] as number;
      head.program.run();
      if (this.stream) network.sample(output, 0, logStd, mask, 0, this.stream, action, 0);
      else network.likeliest(output, 0, mask, 0, action, 0);
      world.act(k, action, 0);
    }
  }
}

function compileHead(workspace: Workspace, network: PolicyNetwork): Head {
  const graph = new Graph(`${network.agent.id} decides`);
  const observation = graph.input("observation", [1, network.inputSize]);
  graph.output("output", network.apply(graph, observation));
  const logStd = network.logStd(graph);
  if (logStd) graph.output("log_std", logStd);
  const program = workspace.compile(graph);
  return {
    identity: 0,
    network,
    program,
    input: program.input("observation"),
    output: program.output("output"),
    logStd: logStd && program.output("log_std"),
    observation: new Float32Array(network.inputSize),
    mask: network.masked ? new Float32Array(network.optionCount) : undefined,
    action: new Float32Array(network.actionSize),
  };
}

/** Policy networks for every agent of a world, in order. */
export function policyNetworks(agents: readonly AgentSpace[], hidden: readonly number[]): PolicyNetwork[] {
  return agents.map((agent) => new PolicyNetwork(agent, hidden));
}

/**
 * A policy from stored weights alone, in a workspace of its own; critics' weights are left out. `networksOf` gives the
 * network of each agent of a world.
 *
 * @throws RangeError naming the first parameter that is missing or of another shape.
 */
export function restoreNetworkPolicy(
  setting: PolicySetting,
  hidden: string,
  weights: TensorMap,
  sample: boolean,
  networksOf: (agents: readonly AgentSpace[], hidden: readonly number[]) => PolicyNetwork[] = policyNetworks,
): Policy {
  const { agents } = setting.scenario.create(setting.scenarioParameters);
  const policy = new NetworkPolicy(setting.workspace, networksOf(agents, hiddenWidths(hidden)), sample);
  setting.workspace.loadWeights(weights);
  return policy;
}
