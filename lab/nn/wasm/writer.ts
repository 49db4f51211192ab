import type { Graph } from "../graph.ts";
import { type Id, type Node, sizeOf, UPDATE_KINDS } from "../ops.ts";
import type { OptimiserState } from "../store.ts";
import type { Arena } from "./arena.ts";
import * as opcode from "./assembly/opcodes.ts";
import { Meetings, type Place, type Share } from "./meetings.ts";

/** Instructions in memory, ready for the kernels' `run` or `lead`. */
export interface Instructions {
  readonly from: number;
  readonly end: number;
  /** Whether it pays to share them: more work is taken off the first worker than their meetings cost. */
  readonly shared: boolean;
  /** Bytes of scratch memory of each worker. */
  readonly scratchBytes: number;
}

/** What lowering needs to know of a workspace. */
export interface Placement {
  readonly arena: Arena;
  /** Address of each tensor of the graph. */
  readonly addresses: readonly number[];
  readonly optimiser: (name: string, parameters: readonly string[]) => OptimiserState;
  /** Workers that share the instructions. */
  readonly workers: number;
  /** See `meetingWork` of a crew. */
  readonly meetingWork: number;
}

export const FLOAT_BYTES = Float32Array.BYTES_PER_ELEMENT;
/** Packed panels are as long as the inner axis of their product, rounded up to whole vectors of four. */
const PANEL_ROW_BYTES = opcode.PANEL_COLUMNS * FLOAT_BYTES;
const SCRATCH_ALIGNMENT_BYTES = 64;
/**
 * Parts of a batch begin at every fourth row, so that vectors of four values do not cross them however many columns
 * there are.
 */
export const ROW_UNIT = 4;
/** A cache line. */
const VALUE_UNIT = 16;
/** Multiply-adds for which a value of a result counts where an instruction is no product (a tanh takes as long). */
const VALUE_WORK = 16;
/** Size of a packed panel of `inner` rows. */
export function panelBytes(inner: number): number {
  return Math.ceil(inner / 4) * 4 * PANEL_ROW_BYTES;
}

/** How the workers share the next instruction; what is left out follows from the op. */
interface Sharing {
  readonly count: number;
  /** Every fourth row where left out. */
  readonly unit?: number;
  /** Tensors in `count` equal pieces, of which a worker touches those of its part alone. */
  readonly own: readonly Id[];
  /** What each worker may read anywhere; the op's other operands where left out. */
  readonly reads?: readonly (Id | Place)[];
  /** Results that are not in pieces. */
  readonly writes?: readonly Id[];
  /** Multiply-adds. */
  readonly work?: number;
}

/** The operands that are left when each of `taken` is struck out once: one may be both. */
function without(operands: readonly (Id | undefined)[], taken: readonly Id[]): Id[] {
  const left = operands.filter((operand) => operand !== undefined);
  for (const operand of taken) {
    const index = left.indexOf(operand);
    if (index >= 0) left.splice(index, 1);
  }
  return left;
}

/** Writes the instructions of a graph. */
export class Writer {
  readonly placement: Placement;
  private readonly graph: Graph;
  private readonly meetings: Meetings;
  private readonly written: number[] = [];
  /** Instruction words that take the address of the scratch memory, known only once its size is. */
  private readonly scratchWords: number[] = [];
  private scratchBytes = 0;
  private node: Node | undefined;
  private sharing: Share | undefined;
  private sharedWork = 0;

  constructor(graph: Graph, placement: Placement) {
    this.graph = graph;
    this.placement = placement;
    this.meetings = new Meetings(placement.workers);
  }

  /** The following instructions belong to this op. */
  begin(node: Node): void {
    this.node = node;
  }

  /** Address of a tensor, 0 for an operand that is not there. */
  at(id: Id | undefined): number {
    return id === undefined ? 0 : (this.placement.addresses[id] as number);
  }

  shape(id: Id): readonly number[] {
    return this.graph.shapeOf(id);
  }

  size(id: Id): number {
    return sizeOf(this.shape(id));
  }

  rows(id: Id): number {
    return this.shape(id)[0] as number;
  }

  columns(id: Id): number {
    return this.shape(id)[1] as number;
  }

  /** Lets the workers share the next instruction, which otherwise the first one runs alone. */
  share({ count, unit = ROW_UNIT, own, reads, writes = [], work }: Sharing): this {
    const { op, id } = this.node as Node;
    const place = (what: Id | Place) => (typeof what === "number" ? this.place(what) : what);
    const owns = own.map((what) => ({ ...this.place(what), write: what === id || UPDATE_KINDS.has(op.kind) }));
    for (const { bytes } of owns) {
      if (bytes % count !== 0) throw new RangeError(`op ${op.kind}: ${bytes} bytes are not ${count} equal pieces`);
    }
    const rest = reads ?? without(op.inputs, own);
    this.sharing = { count, unit, own: owns, reads: rest.map(place), writes: writes.map((what) => this.place(what)) };
    this.sharedWork += work ?? VALUE_WORK * this.size(id);
    return this;
  }

  /** As {@link share}, for rows of the tensors `own`. */
  shareRows(count: number, own: readonly Id[]): this {
    return this.share({ count, own });
  }

  /** As {@link share}, value by value: in whole rows where there are enough of them, as the ops on rows do. */
  shareValues(own: readonly Id[], reads: readonly (Id | Place)[] | undefined = undefined): this {
    const [rows, columns = 1] = this.shape(own[0] as Id) as [number, number?];
    const unit = rows >= ROW_UNIT * this.placement.workers ? ROW_UNIT * columns : VALUE_UNIT;
    return this.share({ count: rows * columns, unit, own, reads, work: VALUE_WORK * rows * columns });
  }

  /** As {@link share}, for the sequences of a recurrent layer, whose rows are step-major. */
  shareSequences(count: number, work: number, result: Id): this {
    return this.share({ count, own: [], writes: [result], work });
  }

  /** An instruction and its arguments. */
  emit(kind: number, ...words: readonly number[]): void {
    this.write(this.wholeOp(), kind, words);
  }

  /** As {@link emit}, of an instruction that touches less than all operands and results of the op. */
  emitTouching(touched: { reads: readonly Place[]; writes: readonly Place[] }, kind: number, ...words: number[]): void {
    this.write(touched, kind, words);
  }

  /** As {@link emit}, with the address of a scratch panel of `inner` rows as the last word. */
  emitWithScratch(inner: number, kind: number, ...words: readonly number[]): void {
    this.emitWithScratchBytes(panelBytes(inner), kind, ...words);
  }

  /** As {@link emit}, with the address of `bytes` of scratch memory as the last word. */
  emitWithScratchBytes(bytes: number, kind: number, ...words: readonly number[]): void {
    this.scratchBytes = Math.max(this.scratchBytes, bytes);
    this.scratchWords.push(this.written.length + 1 + words.length);
    this.emit(kind, ...words, 0);
  }

  finish(): Instructions {
    const { arena, workers, meetingWork } = this.placement;
    const scratchBytes = Math.ceil(this.scratchBytes / SCRATCH_ALIGNMENT_BYTES) * SCRATCH_ALIGNMENT_BYTES;
    const saved = this.sharedWork * (1 - 1 / workers);
    const shared = saved > (this.meetings.count + 2) * meetingWork;
    const scratch = arena.allocate(shared ? scratchBytes * workers : scratchBytes);
    for (const word of this.scratchWords) this.written[word] = scratch;
    const from = arena.words(this.written);
    return { from, end: from + this.written.length * 4, shared, scratchBytes };
  }

  /** The memory of a tensor. */
  place(id: Id): Place {
    return { address: this.at(id), bytes: this.size(id) * FLOAT_BYTES };
  }

  private write(
    touched: { reads: readonly Place[]; writes: readonly Place[] },
    kind: number,
    words: readonly number[],
  ) {
    if (words.length >= opcode.COUNT) throw new RangeError(`instruction ${kind} has ${words.length} arguments`);
    const { sharing, meetings } = this;
    const meet = sharing ? meetings.beforeShared(sharing) : meetings.beforeAlone(touched.reads, touched.writes);
    const instruction = new Array<number>(opcode.INSTRUCTION_WORDS).fill(0);
    [kind, ...words].forEach((word, index) => {
      instruction[index] = word;
    });
    instruction[opcode.COUNT] = sharing?.count ?? 0;
    instruction[opcode.UNIT] = sharing?.unit ?? 0;
    instruction[opcode.MEET] = meet ? 1 : 0;
    this.written.push(...instruction);
    this.sharing = undefined;
  }

  private wholeOp(): { reads: readonly Place[]; writes: readonly Place[] } {
    const { op, id } = this.node as Node;
    const inputs = (op.inputs as readonly (Id | undefined)[]).filter((input) => input !== undefined);
    const operands = inputs.map((input) => this.place(input));
    return UPDATE_KINDS.has(op.kind) ? { reads: [], writes: operands } : { reads: operands, writes: [this.place(id)] };
  }
}
