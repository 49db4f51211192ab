import type { Graph } from "./graph.ts";
import type { Shape } from "./ops.ts";
import type { Numbers, Program } from "./workspace.ts";

/** A {@link Program} over memory that an executor has laid out: `values` is where it keeps a tensor of the graph. */
export function createProgram(graph: Graph, values: (id: number) => Numbers, run: () => void): Program {
  const inputs = new Map<string, Numbers>();
  const shapes = new Map<string, Shape>();
  for (const { id, op, shape } of graph.nodes) {
    if (op.kind !== "input") continue;
    inputs.set(op.name, values(id));
    shapes.set(op.name, shape);
  }
  const outputs = new Map([...graph.outputs].map(([name, { id }]) => [name, values(id)]));
  const find = <T>(what: string, tensors: ReadonlyMap<string, T>, name: string): T => {
    const found = tensors.get(name);
    if (!found) throw new RangeError(`graph "${graph.name}" has no ${what} "${name}"`);
    return found;
  };
  return {
    inputNames: [...inputs.keys()],
    input: (name) => find("input", inputs, name),
    inputShape: (name) => find("input", shapes, name),
    output: (name) => find("output", outputs, name),
    run,
  };
}
