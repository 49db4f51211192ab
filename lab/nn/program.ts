import type { Graph } from "./graph.ts";
import type { Numbers, Program } from "./workspace.ts";

/** A {@link Program} over memory that an executor has laid out: `values` is where it keeps a tensor of the graph. */
export function createProgram(graph: Graph, values: (id: number) => Numbers, run: () => void): Program {
  const inputs = new Map<string, Numbers>();
  for (const { id, op } of graph.nodes) if (op.kind === "input") inputs.set(op.name, values(id));
  const outputs = new Map([...graph.outputs].map(([name, { id }]) => [name, values(id)]));
  const find = (what: string, tensors: ReadonlyMap<string, Numbers>, name: string): Numbers => {
    const found = tensors.get(name);
    if (!found) throw new RangeError(`graph "${graph.name}" has no ${what} "${name}"`);
    return found;
  };
  return {
    inputNames: [...inputs.keys()],
    input: (name) => find("input", inputs, name),
    output: (name) => find("output", outputs, name),
    run,
  };
}
