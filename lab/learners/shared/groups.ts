import type { AgentSpace } from "../../scenarios/scenario.ts";
import { PolicyNetwork } from "./networks.ts";

/** Agents that act with one network. */
export interface AgentGroup {
  /** Its `agent` has the spaces of each of them; its id names the group. */
  readonly network: PolicyNetwork;
  /** Their indices in the world, ascending. */
  readonly agents: readonly number[];
}

/** `kind`: one network for all agents of a kind; `none`: one for each agent. */
export type Sharing = "kind" | "none";

/**
 * The groups of a world's agents, in the order of their first agents. A group that shares is named after its kind;
 * with `agentId`, agents that are not alone in it append a one-hot identity to what they observe.
 *
 * @throws RangeError naming an agent whose spaces differ from those of its kind.
 */
export function agentGroups(
  agents: readonly AgentSpace[],
  sharing: Sharing,
  agentId: boolean,
  hidden: readonly number[],
): AgentGroup[] {
  const members = new Map<string, number[]>();
  agents.forEach((agent, k) => {
    const name = sharing === "kind" ? (agent.kind ?? agent.id) : agent.id;
    const group = members.get(name);
    if (group) group.push(k);
    else members.set(name, [k]);
  });
  return [...members].map(([name, indices]) => {
    const first = agents[indices[0] as number] as AgentSpace;
    for (const k of indices) {
      const agent = agents[k] as AgentSpace;
      if (spaces(agent) === spaces(first)) continue;
      throw new RangeError(`agents ${first.id} and ${agent.id} are of the kind "${name}" but have different spaces`);
    }
    const identities = agentId && indices.length > 1 ? indices.length : 0;
    return { network: new PolicyNetwork({ ...first, id: name }, hidden, identities), agents: indices };
  });
}

/** The network of each agent, in the world's order. */
export function networksOf(groups: readonly AgentGroup[]): PolicyNetwork[] {
  const networks: PolicyNetwork[] = [];
  for (const { network, agents } of groups) for (const k of agents) networks[k] = network;
  return networks;
}

function spaces({ observation, action }: AgentSpace): string {
  return JSON.stringify({ observation, action });
}
