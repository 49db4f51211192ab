import { Graph } from "../../nn/graph.ts";
import type { Numbers, Program, Workspace } from "../../nn/workspace.ts";
import { RandomStream } from "../../random.ts";
import type { AgentSpace, Policy, World } from "../../scenarios/scenario.ts";
import type { TensorMap } from "../../tensors.ts";
import type { LearnerSetting } from "../learner.ts";
import { hiddenWidths, PolicyNetwork } from "./networks.ts";
import { likeliestOptions, sampleGaussians, sampleOptions } from "./sampling.ts";

interface Head {
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
 * The agents' networks deciding in one world at a time: the most likely option and the mean of a Gaussian, or drawn
 * actions when `sample` is true (from the stream (world seed, "policy")). It reads the live weights of the workspace.
 */
export class NetworkPolicy implements Policy {
  private readonly heads: readonly Head[];
  private readonly stream: RandomStream | undefined;

  constructor(workspace: Workspace, networks: readonly PolicyNetwork[], sample: boolean) {
    this.heads = networks.map((network) => compileHead(workspace, network));
    this.stream = sample ? new RandomStream(0, "policy") : undefined;
  }

  reset(seed: number): void {
    this.stream?.reseed(seed, "policy");
  }

  decide(world: World): void {
    for (let k = 0; k < this.heads.length; k++) {
      const head = this.heads[k] as Head;
      const { observation, input, output, mask, action } = head;
      world.observe(k, observation, 0);
      if (mask) world.mask?.(k, mask, 0);
      for (let i = 0; i < observation.length; i++) input[i] = observation[i] as number;
      head.program.run();
      const space = head.network.agent.action;
      if (space.kind === "discrete") {
        if (this.stream) sampleOptions(output, 0, space.choices, mask, 0, this.stream, action, 0);
        else likeliestOptions(output, 0, space.choices, mask, 0, action, 0);
      } else if (this.stream) {
        sampleGaussians(output, 0, head.logStd as Numbers, this.stream, action, 0);
      } else {
        for (let i = 0; i < action.length; i++) action[i] = output[i] as number;
      }
      world.act(k, action, 0);
    }
  }
}

function compileHead(workspace: Workspace, network: PolicyNetwork): Head {
  const graph = new Graph(`${network.agent.id} decides`);
  const observation = graph.input("observation", [1, network.observationSize]);
  graph.output("output", network.apply(graph, observation));
  network.parameters(graph); // the log-std too, which no op here reads
  const program = workspace.compile(graph);
  return {
    network,
    program,
    input: program.input("observation"),
    output: program.output("output"),
    logStd: network.logStdName === "" ? undefined : workspace.parameter(network.logStdName),
    observation: new Float32Array(network.observationSize),
    mask: network.masked ? new Float32Array(network.outputSize) : undefined,
    action: new Float32Array(network.actionSize),
  };
}

/** Policy networks for every agent of a world, in order. */
export function policyNetworks(agents: readonly AgentSpace[], hidden: readonly number[]): PolicyNetwork[] {
  return agents.map((agent) => new PolicyNetwork(agent, hidden));
}

/**
 * A policy from stored weights alone, in a workspace of its own; critics' weights are left out.
 *
 * @throws RangeError naming the first parameter that is missing or of another shape.
 */
export function restoreNetworkPolicy(
  setting: LearnerSetting,
  hidden: string,
  weights: TensorMap,
  sample: boolean,
): Policy {
  const { agents } = setting.scenario.create(setting.scenarioParameters);
  const policy = new NetworkPolicy(setting.workspace, policyNetworks(agents, hiddenWidths(hidden)), sample);
  setting.workspace.loadWeights(weights);
  return policy;
}
