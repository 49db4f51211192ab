import type { Graph } from "../graph.ts";
import { type OpKind, sizeOf } from "../ops.ts";
import type { Arena } from "./arena.ts";

/**
 * Operands, by their position, whose place the result of an op may take when nobody reads them afterwards: the op reads
 * a value (or a row) of theirs for the last time before it writes the value (or the row) there.
 */
const IN_PLACE: { readonly [K in OpKind]?: readonly number[] } = {
  activation: [0],
  activationGradient: [0, 1],
  add: [0, 1],
  clipByNorm: [0],
  layerNorm: [0],
  layerNormInputGradient: [0, 1],
  multiply: [0, 1],
  reshape: [0],
  scale: [0],
  softmax: [0],
  softmaxGradient: [0, 1],
};

interface Block {
  readonly address: number;
  readonly bytes: number;
}

/**
 * Gives every tensor of a graph its address. Parameters have theirs (`parameterAddress`); inputs and outputs keep a
 * block of their own between runs; any other block is handed on after its last reader. Blocks are never cut, so two
 * tensors either share one from its start or do not overlap.
 */
export function planAddresses(graph: Graph, arena: Arena, parameterAddress: (id: number) => number): number[] {
  const lastReader = new Map<number, number>();
  for (const { id, op } of graph.nodes) for (const input of op.inputs) lastReader.set(input as number, id);
  const kept = new Set([...graph.outputs.values()].map(({ id }) => id));
  const blocks = new Map<number, Block>();
  let free: Block[] = [];

  /** The block of one of `operands` if it is free, else the smallest that is large enough. */
  const take = (bytes: number, operands: readonly (number | undefined)[]): Block => {
    const large = free.filter((block) => block.bytes >= bytes).sort((a, b) => a.bytes - b.bytes);
    const own = operands.map((operand) => blocks.get(operand as number));
    const fitting = large.find((block) => own.includes(block)) ?? large[0];
    if (!fitting) return { address: arena.allocate(bytes), bytes };
    free = free.filter((block) => block !== fitting);
    return fitting;
  };
  const release = (reader: number, inputs: readonly (number | undefined)[]): void => {
    for (const input of new Set(inputs)) {
      const block = blocks.get(input as number);
      if (block && lastReader.get(input as number) === reader) free.push(block);
    }
  };

  return graph.nodes.map(({ id, op, shape }) => {
    if (op.kind === "parameter") return parameterAddress(id);
    const bytes = sizeOf(shape) * Float32Array.BYTES_PER_ELEMENT;
    if (op.kind === "input" || kept.has(id)) {
      release(id, op.inputs);
      return arena.allocate(bytes);
    }
    const inputs: readonly (number | undefined)[] = op.inputs;
    const replaceable = IN_PLACE[op.kind] ?? [];
    const held = inputs.filter((_, position) => !replaceable.includes(position));
    const replaced = inputs.filter((input) => !held.includes(input));
    release(id, replaced);
    const block = take(bytes, replaced);
    blocks.set(id, block);
    release(id, held);
    if (!lastReader.has(id)) free.push(block);
    return block.address;
  });
}
