import { describe, expect, it } from "vitest";
import { Graph } from "../../../lab/nn/graph.ts";
import type { OpKind } from "../../../lab/nn/ops.ts";
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
      if (op.kind !== "adam") setting.graph.output(`node ${id} ${op.kind}`, { id, shape: setting.graph.shapeOf(id) });
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
      if (op.kind !== "adam") roomy.graph.output(`node ${id}`, { id, shape: roomy.graph.shapeOf(id) });
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
