import { describe, expect, it } from "vitest";
import { Graph } from "../../../lab/nn/graph.ts";
import { type AttentionShape, CELLS, type Cell, type OpKind, type Tensor, UPDATE_KINDS } from "../../../lab/nn/ops.ts";
import { referenceKernels } from "../../../lab/nn/reference/kernels.ts";
import { createReferenceWorkspace } from "../../../lab/nn/reference/workspace.ts";
import { relaxedSimdSupported } from "../../../lab/nn/wasm/kernels.ts";
import { createWasmWorkspace } from "../../../lab/nn/wasm/workspace.ts";
import type { Numbers } from "../../../lab/nn/workspace.ts";
import { checks, kindsOf } from "./checks.ts";
import { bitsOf, readKernels, Setting } from "./setting.ts";

/** Largest distance from the float64 reference, relative to the largest value of the tensor (or to 1). */
const BOUND = 5e-6;
/** Logits of masked options; everything else in their tensor is compared on its own scale. */
const MASKED = -1e7;

const VARIANTS = relaxedSimdSupported() ? (["relaxed", "plain"] as const) : (["plain"] as const);

function distance(actual: Numbers, expected: Numbers): number {
  let [difference, size] = [0, 1];
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i] as number, expected[i] as number];
    if (e < MASKED && a < MASKED) continue;
    difference = Number.isNaN(a) ? Number.POSITIVE_INFINITY : Math.max(difference, Math.abs(a - e));
    size = Math.max(size, Math.abs(e));
  }
  return difference / size;
}

/** Shapes at which the matrix products take every path: single rows, blocks of 4 and 6, cut panels, packed panels. */
const BATCHES = [1, 3, 5, 7, 10, 64, 67];
const WIDTHS = [1, 8, 33];
const COLUMNS = [1, 5, 8, 33, 70];
const PRODUCTS = [
  ...BATCHES.flatMap((batch) => WIDTHS.flatMap((width) => COLUMNS.map((columns) => [batch, width, columns] as const))),
  [20, 130, 65],
  [130, 17, 130],
  [260, 70, 65],
  // Packed blocks: an inner axis in two pieces, rows in two blocks, all parts of a batch at once and one by one.
  [128, 520, 133],
  [130, 133, 520],
  [1000, 137, 130],
  [1100, 128, 130],
] as const;

function denseSetting(batch: number, width: number, columns: number): Setting {
  const setting = new Setting(1);
  const x = setting.parameter("x", [batch, width]);
  const weight = setting.parameter("weight", [width, columns], () => setting.stream.normal() / Math.sqrt(width));
  const bias = setting.parameter("bias", [columns]);
  const y = setting.graph.dense(x, weight, bias, "tanh");
  const loss = setting.graph.mean(y);
  setting.graph.output("y", y);
  setting.graph.gradients(loss, [x, weight, bias]).forEach((gradient, index) => {
    setting.graph.output(`gradient/${index}`, gradient);
  });
  return setting;
}

/** Shapes at which a recurrent layer takes every path: single rows, blocks, the weight copied once or at each step. */
const LAYERS = [
  { steps: 1, batch: 1, units: 64 },
  { steps: 1, batch: 20, units: 65 },
  { steps: 12, batch: 3, units: 9 },
  { steps: 5, batch: 7, units: 33 },
  { steps: 4, batch: 32, units: 64 },
] as const;
const CELL_NAMES = Object.keys(CELLS) as Cell[];

/** A recurrent layer and the gradients of the mean square of its output; some sequences start afresh in between. */
function recurrentSetting(cell: Cell, steps: number, batch: number, units: number): Setting {
  const setting = new Setting(3);
  const { graph, stream } = setting;
  const { gates, state } = CELLS[cell];
  const inputs = [
    setting.parameter("gates", [steps * batch, gates * units]),
    setting.parameter("weight", [units, gates * units], () => stream.normal() / Math.sqrt(units)),
    setting.parameter("bias", [gates * units]),
  ] as const;
  const start = setting.input("state", [batch, state * units]);
  const keep = setting.input("keep", [steps * batch], () => Number(stream.uniform() < 0.8));
  const made = graph.recurrent(cell, ...inputs, start, keep);
  graph.output("output", made.output);
  graph.output("after", made.state);
  graph.gradients(graph.mean(graph.multiply(made.output, made.output)), inputs).forEach((gradient, index) => {
    graph.output(`gradient/${index}`, gradient);
  });
  return setting;
}

/** Shapes at which the products of attention take every path: single rows, cut panels, heads narrower than a vector. */
const ATTENTIONS: readonly (AttentionShape & { readonly batch: number; readonly width: number })[] = [
  { batch: 3, heads: 4, queries: 50, keys: 50, width: 128 },
  { batch: 5, heads: 1, queries: 1, keys: 50, width: 64 },
  { batch: 2, heads: 3, queries: 13, keys: 10, width: 39 },
  { batch: 3, heads: 2, queries: 9, keys: 67, width: 2 },
];

/** Masked attention and the gradients of the mean square of its result. */
function attentionSetting(shape: (typeof ATTENTIONS)[number], batch = shape.batch): Setting {
  const setting = new Setting(4);
  const { graph } = setting;
  const tokens = [shape.queries, shape.keys, shape.keys];
  const [q, k, v] = tokens.map((count, index) => setting.parameter(`x/${index}`, [batch * count, shape.width]));
  const mask = setting.input("mask", [batch, shape.keys], (i) => Number(i % 5 !== 3));
  const y = graph.attention(q as Tensor, k as Tensor, v as Tensor, shape, mask);
  graph.output("y", y);
  graph.gradients(graph.mean(graph.multiply(y, y)), [q, k, v] as Tensor[]).forEach((gradient, index) => {
    graph.output(`gradient/${index}`, gradient);
  });
  return setting;
}

/** Values that a CPU handles many times slower than others. */
const denormals = (values: Numbers) => values.filter((value) => value !== 0 && Math.abs(value) < 1.2e-38).length;

describe.each(VARIANTS)("the %s kernels", (variant) => {
  const kernels = readKernels(variant);
  const open = () => createWasmWorkspace(kernels, { bytes: 8 * 1024 * 1024 });

  it("are exercised in every op", () => {
    const present = new Set(checks.flatMap((check) => [...kindsOf(check)]));
    expect((Object.keys(referenceKernels) as OpKind[]).filter((kind) => !present.has(kind))).toEqual([]);
  });

  it.each(checks.map((check) => [check.name, check] as const))("agree with the reference: %s", (_name, check) => {
    const setting = check.prepare();
    // Every result becomes an output, so that each op is compared and none hides behind a later one.
    for (const { id, op } of setting.graph.nodes) {
      if (UPDATE_KINDS.has(op.kind)) continue;
      setting.graph.output(`node ${id} ${op.kind}`, { id, shape: setting.graph.shapeOf(id) });
    }
    const [wasm, reference] = [open(), createReferenceWorkspace()];
    const [actual, expected] = [setting.open(wasm), setting.open(reference)];
    for (let run = 0; run < 3; run++) {
      actual.run();
      expected.run();
    }
    for (const name of setting.graph.outputs.keys()) {
      expect(distance(actual.output(name), expected.output(name)), name).toBeLessThan(BOUND);
    }
    for (const name of wasm.parameterNames) {
      expect(distance(wasm.parameter(name), reference.parameter(name)), name).toBeLessThan(BOUND);
    }
  });

  it.each(checks.map((check) => [check.name, check] as const))("may reuse memory: %s", (_name, check) => {
    const lean = check.prepare();
    const roomy = check.prepare();
    for (const { id, op } of roomy.graph.nodes) {
      if (UPDATE_KINDS.has(op.kind)) continue;
      roomy.graph.output(`node ${id}`, { id, shape: roomy.graph.shapeOf(id) });
    }
    const [reusing, keeping] = [open(), open()];
    const [actual, expected] = [lean.open(reusing), roomy.open(keeping)];
    for (let run = 0; run < 2; run++) {
      actual.run();
      expected.run();
    }
    for (const name of lean.graph.outputs.keys()) {
      expect(bitsOf(actual.output(name)), name).toBe(bitsOf(expected.output(name)));
    }
    for (const name of reusing.parameterNames) {
      expect(bitsOf(reusing.parameter(name)), name).toBe(bitsOf(keeping.parameter(name)));
    }
  });

  it("multiply matrices of every shape", () => {
    for (const [batch, width, columns] of PRODUCTS) {
      const setting = denseSetting(batch, width, columns);
      const [actual, expected] = [setting.open(open()), setting.open(createReferenceWorkspace())];
      actual.run();
      expected.run();
      for (const name of setting.graph.outputs.keys()) {
        const what = `${name} of [${batch}, ${width}] x [${width}, ${columns}]`;
        expect(distance(actual.output(name), expected.output(name)), what).toBeLessThan(BOUND);
      }
    }
  });

  it("give a row the same bits alone and in a batch", () => {
    for (const [batch, width, columns] of PRODUCTS) {
      const setting = denseSetting(batch, width, columns);
      const workspace = open();
      const program = setting.open(workspace);
      program.run();
      const graph = new Graph("one row");
      const weight = graph.parameter("weight", [width, columns]);
      const bias = graph.parameter("bias", [columns]);
      graph.output("y", graph.dense(graph.input("x", [1, width]), weight, bias, "tanh"));
      const single = workspace.compile(graph);
      for (const row of [0, batch - 1]) {
        single.input("x").set(workspace.parameter("x").subarray(row * width, (row + 1) * width));
        single.run();
        const inBatch = program.output("y").slice(row * columns, (row + 1) * columns);
        expect(bitsOf(single.output("y")), `row ${row} of ${batch}`).toBe(bitsOf(inBatch));
      }
    }
  });

  it.each(CELL_NAMES)("run layers of %s of every shape", (cell) => {
    for (const { steps, batch, units } of LAYERS) {
      const setting = recurrentSetting(cell, steps, batch, units);
      const [actual, expected] = [setting.open(open()), setting.open(createReferenceWorkspace())];
      actual.run();
      expected.run();
      for (const name of setting.graph.outputs.keys()) {
        const what = `${name} of ${steps} steps, ${batch} sequences, ${units} units`;
        expect(distance(actual.output(name), expected.output(name)), what).toBeLessThan(BOUND);
      }
    }
  });

  it.each(CELL_NAMES)("give a sequence of %s the same bits step by step alone and in a batch", (cell) => {
    const { gates, state } = CELLS[cell];
    for (const { steps, batch, units } of LAYERS) {
      const setting = recurrentSetting(cell, steps, batch, units);
      const workspace = open();
      const whole = setting.open(workspace);
      whole.run();
      const graph = new Graph("one step");
      const x = graph.input("gates", [1, gates * units]);
      const weight = graph.parameter("weight", [units, gates * units]);
      const bias = graph.parameter("bias", [gates * units]);
      const start = graph.input("state", [1, state * units]);
      const made = graph.recurrent(cell, x, weight, bias, start, graph.input("keep", [1]));
      graph.output("output", made.output);
      graph.output("state", made.state);
      const single = workspace.compile(graph);
      for (const sequence of [0, batch - 1]) {
        const rowOf = (values: Numbers, row: number, width: number) => values.slice(row * width, (row + 1) * width);
        single.input("state").set(rowOf(whole.input("state"), sequence, state * units));
        for (let step = 0; step < steps; step++) {
          const row = step * batch + sequence;
          single.input("gates").set(rowOf(workspace.parameter("gates"), row, gates * units));
          single.input("keep").set(rowOf(whole.input("keep"), row, 1));
          single.run();
          const what = `step ${step} of sequence ${sequence} of ${batch}, ${units} units`;
          expect(bitsOf(single.output("output")), what).toBe(bitsOf(rowOf(whole.output("output"), row, units)));
          single.input("state").set(single.output("state"));
        }
        expect(bitsOf(single.output("state"))).toBe(bitsOf(rowOf(whole.output("after"), sequence, state * units)));
      }
    }
  });

  it("attend in every shape", () => {
    for (const shape of ATTENTIONS) {
      const setting = attentionSetting(shape);
      const [actual, expected] = [setting.open(open()), setting.open(createReferenceWorkspace())];
      actual.run();
      expected.run();
      for (const name of setting.graph.outputs.keys()) {
        const what = `${name} of ${JSON.stringify(shape)}`;
        expect(distance(actual.output(name), expected.output(name)), what).toBeLessThan(BOUND);
      }
    }
  });

  it("give an example's attention the same bits alone and in a batch", () => {
    for (const shape of ATTENTIONS) {
      const { batch, queries, keys, width } = shape;
      const workspace = open();
      const program = attentionSetting(shape).open(workspace);
      const inputs = [queries, keys, keys].map((count, index) =>
        workspace.parameter(`x/${index}`).slice((batch - 1) * count * width, batch * count * width),
      );
      program.run();
      const alone = open();
      const single = attentionSetting(shape, 1).open(alone);
      inputs.forEach((values, index) => {
        alone.parameter(`x/${index}`).set(values);
      });
      single.input("mask").set(program.input("mask").slice((batch - 1) * keys));
      single.run();
      expect(bitsOf(single.output("y"))).toBe(bitsOf(program.output("y").slice((batch - 1) * queries * width)));
    }
  });

  it("let no state, probability or gate fade into denormal numbers", () => {
    const [steps, units] = [400, 8];
    for (const cell of CELL_NAMES) {
      const setting = recurrentSetting(cell, steps, 4, units);
      const workspace = open();
      const program = setting.open(workspace);
      workspace.parameter("gates").fill(0);
      workspace.parameter("bias").fill(0);
      program.input("keep").fill(1);
      // Contracting: each step leaves about half of the state, or less.
      for (const [index, value] of workspace.parameter("weight").entries()) {
        workspace.parameter("weight")[index] = 0.1 * value;
      }
      program.run();
      expect(
        program
          .output("output")
          .subarray(0, units)
          .some((value) => value !== 0),
        cell,
      ).toBe(true);
      for (const name of setting.graph.outputs.keys()) expect(denormals(program.output(name)), name).toBe(0);
    }
    const setting = new Setting(5);
    const x = setting.input("x", [1, 9], (i) => -12 * i);
    setting.graph.output("softmax", setting.graph.softmax(x));
    setting.graph.output("sigmoid", setting.graph.activate(x, "sigmoid"));
    const program = setting.open(open());
    program.run();
    // Probabilities are factors of others: they end long before the denormals.
    const probabilities = [...program.output("softmax")];
    expect(probabilities.filter((value) => value > 0)).toHaveLength(4);
    expect(Math.min(...probabilities.slice(0, 4))).toBeGreaterThan(1e-20);
    expect(denormals(program.output("sigmoid"))).toBe(0);
  });

  it("copy a target to the last bit at rate 1", () => {
    const setting = new Setting(6);
    const target = setting.parameter("target", [33], () => 1e6 * setting.stream.normal());
    const source = setting.parameter("source", [33], () => 1e-3 * setting.stream.normal());
    setting.graph.polyak(
      [target],
      [source],
      setting.input("rate", [1], () => 1),
    );
    const workspace = open();
    setting.open(workspace).run();
    expect(bitsOf(workspace.parameter("target"))).toBe(bitsOf(workspace.parameter("source")));
  });

  it("let no NaN pass unnoticed", () => {
    for (const check of checks) {
      const setting = check.prepare();
      if (!setting.graph.outputs.has("loss")) continue;
      const workspace = open();
      const program = setting.open(workspace);
      for (const name of workspace.parameterNames) workspace.parameter(name).fill(Number.NaN);
      program.run();
      expect(program.output("loss")[0], check.name).toBeNaN();
    }
  });
});

describe("the plain kernels", () => {
  it("compute each product as one running float32 sum, so that every CPU gives the same bits", () => {
    const f = Math.fround;
    for (const [batch, width, columns] of PRODUCTS) {
      const setting = new Setting(2);
      const x = setting.parameter("x", [batch, width]);
      const weight = setting.parameter("weight", [width, columns]);
      const y = setting.graph.dense(x, weight, setting.parameter("bias", [columns]), "none");
      setting.graph.output("y", y);
      const upstream = setting.input("upstream", [batch, columns]);
      const gradient = setting.graph.append({ kind: "denseWeightGradient", inputs: [x.id, upstream.id] }, [
        width,
        columns,
      ]);
      setting.graph.output("gradient", gradient);
      const program = setting.open(createWasmWorkspace(readKernels("plain")));
      program.run();

      const value = (name: string, index: number) =>
        (setting.parameters.get(name) ?? (setting.inputs.get(name) as number[]))[index] as number;
      const forward = new Float32Array(batch * columns);
      for (let b = 0; b < batch; b++) {
        for (let j = 0; j < columns; j++) {
          let sum = value("bias", j);
          for (let i = 0; i < width; i++)
            sum = f(sum + f(value("x", b * width + i) * value("weight", i * columns + j)));
          forward[b * columns + j] = sum;
        }
      }
      expect(bitsOf(program.output("y")), `forward ${[batch, width, columns]}`).toBe(bitsOf(forward));

      // The batch in parts of a quarter (at least 32 rows), which are added in their order.
      const part = Math.max(32, Math.ceil(batch / 4));
      const backward = new Float32Array(width * columns);
      for (let i = 0; i < width; i++) {
        for (let j = 0; j < columns; j++) {
          let total: number | undefined;
          for (let start = 0; start < batch; start += part) {
            let sum = 0;
            for (let b = start; b < Math.min(batch, start + part); b++) {
              sum = f(sum + f(value("x", b * width + i) * value("upstream", b * columns + j)));
            }
            total = total === undefined ? sum : f(total + sum);
          }
          backward[i * columns + j] = total as number;
        }
      }
      expect(bitsOf(program.output("gradient")), `backward ${[batch, width, columns]}`).toBe(bitsOf(backward));
    }
  });
});
