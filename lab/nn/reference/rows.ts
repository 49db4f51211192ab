import { at, extents, increase, operand, type ReferenceKernels } from "./operands.ts";

/** Ops that move, gather, add or repeat rows and columns. */
export const rowKernels = {
  columns({ from }, { inputs, shapes, out }) {
    const [x] = inputs as [Float64Array];
    const [batch, width] = shapes[0] as [number, number];
    const count = out.length / batch;
    for (let b = 0; b < batch; b++) {
      for (let j = 0; j < count; j++) out[b * count + j] = at(x, b * width + from + j);
    }
  },

  padColumns({ from }, operands) {
    const upstream = operand(operands, 0);
    const [batch, count] = extents(operands, 0);
    const width = operands.out.length / batch;
    operands.out.fill(0);
    for (let b = 0; b < batch; b++) {
      for (let j = 0; j < count; j++) operands.out[b * width + from + j] = at(upstream, b * count + j);
    }
  },

  concatenate(_op, operands) {
    const [batch] = extents(operands, 0);
    const width = operands.out.length / batch;
    let from = 0;
    operands.inputs.forEach((part, index) => {
      const [, count] = extents(operands, index);
      for (let b = 0; b < batch; b++) {
        for (let j = 0; j < count; j++) operands.out[b * width + from + j] = at(part, b * count + j);
      }
      from += count;
    });
  },

  sumRows({ count }, operands) {
    const x = operand(operands, 0);
    const [rows, width] = extents(operands, 0);
    operands.out.fill(0);
    for (let row = 0; row < rows; row++) {
      const group = Math.floor(row / count);
      for (let j = 0; j < width; j++) increase(operands.out, group * width + j, at(x, row * width + j));
    }
  },

  repeatRows({ count }, operands) {
    const x = operand(operands, 0);
    const [rows, width] = extents(operands, 0);
    for (let row = 0; row < rows * count; row++) {
      const source = Math.floor(row / count);
      for (let j = 0; j < width; j++) operands.out[row * width + j] = at(x, source * width + j);
    }
  },

  embedding(_op, operands) {
    const [table, indices] = [operand(operands, 0), operand(operands, 1)];
    const [rows, width] = extents(operands, 0);
    for (let b = 0; b < indices.length; b++) {
      const row = at(indices, b);
      const known = row >= 0 && row < rows;
      for (let j = 0; j < width; j++) operands.out[b * width + j] = known ? at(table, row * width + j) : Number.NaN;
    }
  },

  embeddingGradient(_op, { inputs, shapes, out }) {
    const [upstream, indices] = inputs as [Float64Array, Float64Array];
    const [, width] = shapes[0] as [number, number];
    const rows = out.length / width;
    out.fill(0);
    for (let b = 0; b < indices.length; b++) {
      const row = at(indices, b);
      if (row < 0 || row >= rows) continue;
      for (let j = 0; j < width; j++) increase(out, row * width + j, at(upstream, b * width + j));
    }
  },

  selectColumn(_op, operands) {
    const [x, indices] = [operand(operands, 0), operand(operands, 1)];
    const [batch, width] = extents(operands, 0);
    for (let b = 0; b < batch; b++) {
      const column = at(indices, b);
      operands.out[b] = column >= 0 && column < width ? at(x, b * width + column) : Number.NaN;
    }
  },

  selectColumnGradient(_op, operands) {
    const [upstream, indices] = [operand(operands, 0), operand(operands, 1)];
    const width = operands.out.length / indices.length;
    operands.out.fill(0);
    for (let b = 0; b < indices.length; b++) {
      const column = at(indices, b);
      if (column >= 0 && column < width) operands.out[b * width + column] = at(upstream, b);
    }
  },
} satisfies Partial<ReferenceKernels>;
