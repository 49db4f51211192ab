import { CELLS, type Cell, type CellLayout } from "../ops.ts";
import { sigmoid } from "./activations.ts";
import { at, extents, increase, type Operands, operand, type ReferenceKernels } from "./operands.ts";

/** One value a block for one unit of a cell; the blocks are those of {@link CELLS}, as many as the cell has. */
type Blocks = readonly [number, number, number, number, number, number];

interface CellStep {
  /** x: what the input contributes to the pre-activations; own: h W + b; before: the state the step meets. -> the tape. */
  forward(x: Blocks, own: Blocks, before: Blocks): readonly number[];
  /**
   * Gradients of the pre-activations, and of the state the step met except through h W, from those of the state it left
   * (`after`).
   */
  backward(
    tape: Blocks,
    before: Blocks,
    after: Blocks,
  ): { readonly gradient: readonly number[]; readonly state: readonly number[] };
}

const STEPS: Readonly<Record<Cell, CellStep>> = {
  rnn: {
    forward: ([x], [own]) => [Math.tanh(x + own)],
    backward: ([h], _before, [dh]) => ({ gradient: [dh * (1 - h * h)], state: [0] }),
  },
  gru: {
    forward([xn, xr, xz], [ownR, ownZ, q], [h]) {
      const [r, z] = [sigmoid(xr + ownR), sigmoid(xz + ownZ)];
      const n = Math.tanh(xn + r * q);
      return [(1 - z) * n + z * h, r, z, n, q];
    },
    backward([, r, z, n, q], [h], [dh]) {
      const dn = dh * (1 - z) * (1 - n * n);
      return { gradient: [dn, dn * q * r * (1 - r), dh * (h - n) * z * (1 - z), dn * r], state: [dh * z] };
    },
  },
  lstm: {
    forward([xi, xf, xg, xo], [ownI, ownF, ownG, ownO], [, before]) {
      const [i, f, o] = [sigmoid(xi + ownI), sigmoid(xf + ownF), sigmoid(xo + ownO)];
      const g = Math.tanh(xg + ownG);
      const c = f * before + i * g;
      return [o * Math.tanh(c), c, i, f, g, o];
    },
    backward([, c, i, f, g, o], [, before], [dh, dcAfter]) {
      const y = Math.tanh(c);
      const dc = dcAfter + dh * o * (1 - y * y);
      return {
        gradient: [dc * g * i * (1 - i), dc * before * f * (1 - f), dc * i * (1 - g * g), dh * y * o * (1 - o)],
        state: [0, dc * f],
      };
    },
  },
};

interface Layer {
  readonly layout: CellLayout;
  readonly rows: number;
  readonly batch: number;
  readonly units: number;
  readonly tape: Float64Array;
  readonly state: Float64Array;
  readonly keep: Float64Array;
}

/** A layer whose state and keep are operands from `first` on. */
function layerOf(cell: Cell, operands: Operands, tape: Float64Array, first: number): Layer {
  const layout = CELLS[cell];
  const [batch, carried] = extents(operands, first);
  const keep = operand(operands, first + 1);
  const units = carried / layout.state;
  return { layout, rows: keep.length, batch, units, tape, state: operand(operands, first), keep };
}

/** A block of the state (h, or c of an LSTM) as the step of a row meets it; the row before is a batch above. */
function before({ layout, batch, units, tape, state, keep }: Layer, row: number, block: number, unit: number): number {
  const carried =
    row < batch
      ? at(state, (row * layout.state + block) * units + unit)
      : at(tape, ((row - batch) * layout.tape + block) * units + unit);
  return at(keep, row) * carried;
}

function blocks(count: number, value: (block: number) => number): Blocks {
  return Array.from({ length: count }, (_, block) => value(block)) as unknown as Blocks;
}

/** The first `count` blocks of each of the tape's last rows. */
function copyFromTape(cell: Cell, count: number, { inputs, shapes, out }: Operands): void {
  const [tape] = inputs as [Float64Array];
  const [rows, width] = shapes[0] as [number, number];
  const taken = (width / CELLS[cell].tape) * count;
  const first = rows - out.length / taken;
  for (let i = 0; i < out.length; i++) {
    out[i] = at(tape, (first + Math.floor(i / taken)) * width + (i % taken));
  }
}

export const recurrentKernels = {
  recurrent({ cell }, operands) {
    const [gates, weight, bias] = [operand(operands, 0), operand(operands, 1), operand(operands, 2)];
    const layer = layerOf(cell, operands, operands.out, 3);
    const { layout, rows, units } = layer;
    const width = layout.gates * units;
    for (let row = 0; row < rows; row++) {
      for (let unit = 0; unit < units; unit++) {
        const x = blocks(layout.gates, (block) => at(gates, row * width + block * units + unit));
        const own = blocks(layout.gates, (block) => {
          const column = block * units + unit;
          let sum = at(bias, column);
          for (let k = 0; k < units; k++) sum += before(layer, row, 0, k) * at(weight, k * width + column);
          return sum;
        });
        const met = blocks(layout.state, (block) => before(layer, row, block, unit));
        STEPS[cell].forward(x, own, met).forEach((value, block) => {
          operands.out[(row * layout.tape + block) * units + unit] = value;
        });
      }
    }
  },

  recurrentOutput({ cell }, operands) {
    copyFromTape(cell, 1, operands);
  },

  recurrentState({ cell }, operands) {
    copyFromTape(cell, CELLS[cell].state, operands);
  },

  recurrentInput({ cell }, operands) {
    const layer = layerOf(cell, operands, operand(operands, 0), 1);
    for (let i = 0; i < operands.out.length; i++) {
      operands.out[i] = before(layer, Math.floor(i / layer.units), 0, i % layer.units);
    }
  },

  recurrentGradient({ cell }, operands) {
    const [upstream, weight] = [operand(operands, 0), operand(operands, 2)];
    const layer = layerOf(cell, operands, operand(operands, 1), 3);
    const { layout, rows, batch, units, tape, keep } = layer;
    const width = layout.gates * units;
    /** Gradient of the state that each sequence's step leaves, from the steps after it: [B, S H]. */
    const later = new Float64Array(batch * layout.state * units);
    const laterAt = (row: number, block: number, unit: number): number =>
      ((row % batch) * layout.state + block) * units + unit;
    for (let row = rows - 1; row >= 0; row--) {
      for (let unit = 0; unit < units; unit++) {
        const noted = blocks(layout.tape, (block) => at(tape, (row * layout.tape + block) * units + unit));
        const met = blocks(layout.state, (block) => before(layer, row, block, unit));
        const after = blocks(layout.state, (block) => {
          const output = block === 0 ? at(upstream, row * units + unit) : 0;
          return output + at(later, laterAt(row, block, unit));
        });
        const { gradient, state } = STEPS[cell].backward(noted, met, after);
        gradient.forEach((value, block) => {
          operands.out[(row * layout.gradient + block) * units + unit] = value;
        });
        state.forEach((value, block) => {
          later[laterAt(row, block, unit)] = at(keep, row) * value;
        });
      }
      // The way through h W: the columns of `weight` are those of the gradient from `recurrentFrom` on.
      const own = (row * layout.gradient + layout.recurrentFrom) * units;
      for (let k = 0; k < units; k++) {
        let sum = 0;
        for (let column = 0; column < width; column++) {
          sum += at(operands.out, own + column) * at(weight, k * width + column);
        }
        increase(later, laterAt(row, 0, k), at(keep, row) * sum);
      }
    }
  },
} satisfies Partial<ReferenceKernels>;
