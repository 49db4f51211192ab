import { describe, expect, it } from "vitest";
import { Graph } from "../../../lab/nn/graph.ts";
import { UPDATE_KINDS } from "../../../lab/nn/ops.ts";
import { createReferenceWorkspace } from "../../../lab/nn/reference/workspace.ts";
import { tensorflowKernels } from "../../../lab/nn/tensorflow/kernels.ts";
import type { Numbers, Program, Workspace } from "../../../lab/nn/workspace.ts";
import { checks, kindsOf } from "./checks.ts";
import { tensorflowWorkspace, tf } from "./tensorflow.ts";

/** Largest distance from the float64 reference, relative to the largest value of the tensor (or to 1). */
const BOUND = 1e-5;
/** Logits of masked options; everything else in their tensor is compared on its own scale. */
const MASKED = -1e7;

function distance(actual: Numbers, expected: Numbers): number {
  let [difference, size] = [0, 1];
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i] as number, expected[i] as number];
    if (e < MASKED && a < MASKED) continue;
    if (Number.isNaN(e) && Number.isNaN(a)) continue;
    difference = Number.isNaN(a - e) ? Number.POSITIVE_INFINITY : Math.max(difference, Math.abs(a - e));
    size = Math.max(size, Math.abs(e));
  }
  return difference / size;
}

describe("TensorFlow", () => {
  it("is exercised in every op", () => {
    const present = new Set<string>(checks.flatMap((check) => [...kindsOf(check)]));
    const kinds = [...Object.keys(tensorflowKernels), "input", "parameter", "adam", "polyak"];
    expect(kinds.filter((kind) => !present.has(kind))).toEqual([]);
  });

  it("is exercised in every op", () => {
    const present = new Set<string>(checks.flatMap((check) => [...kindsOf(check)]));
    const kinds = [...Object.keys(tensorflowKernels), "input", "parameter", "adam", "polyak"];
    expect(kinds.filter((kind) => !present.has(kind))).toEqual([]);
  });

  it.each(checks.map((check) => [check.name, check] as const))("agrees with the reference: %s", (_name, check) => {
    const setting = check.prepare();
    // Every result becomes an output, so that each op is compared and none hides behind a later one.
    for (const { id, op } of setting.graph.nodes) {
      if (UPDATE_KINDS.has(op.kind)) continue;
      setting.graph.output(`node ${id} ${op.kind}`, { id, shape: setting.graph.shapeOf(id) });
    }
    const [tensorflow, reference] = [tensorflowWorkspace(), createReferenceWorkspace()];
    const [actual, expected] = [setting.open(tensorflow), setting.open(reference)];
    for (let run = 0; run < 3; run++) {
      actual.run();
      expected.run();
    }
    for (const name of setting.graph.outputs.keys()) {
      expect(actual.output(name).length, name).toBe(expected.output(name).length);
      expect(distance(actual.output(name), expected.output(name)), name).toBeLessThan(BOUND);
    }
    for (const name of tensorflow.parameterNames) {
      expect(distance(tensorflow.parameter(name), reference.parameter(name)), name).toBeLessThan(BOUND);
    }
  });

  it("lets no NaN pass unnoticed", () => {
    for (const check of checks) {
      const setting = check.prepare();
      if (!setting.graph.outputs.has("loss")) continue;
      const workspace = tensorflowWorkspace();
      const program = setting.open(workspace);
      for (const name of workspace.parameterNames) workspace.parameter(name).fill(Number.NaN);
      program.run();
      expect(program.output("loss")[0], check.name).toBeNaN();
    }
  });

  it("holds no more tensors on the device after thousands of runs", () => {
    const { workspace, program } = descent();
    program.run();
    const before = tf.memory().numTensors;
    for (let run = 0; run < 3000; run++) {
      program.run();
      if (run % 100 === 0) workspace.parameter("p").fill(run);
      if (run % 500 === 0) workspace.loadOptimiser(workspace.saveOptimiser());
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it("takes over what is written to a parameter that it handed out, before the next run and only then", () => {
    const { workspace, program } = descent();
    const handed = workspace.parameter("p");
    handed.set([5, -5]);
    program.run();
    expect([...program.output("loss")]).toEqual([25]);
    const after = [...workspace.parameter("p")];
    expect(after[0]).toBeCloseTo(4.9, 3);
    program.run();
    handed.fill(100); // not asked for again: this run's values are on the device
    expect(workspace.parameter("p")[0]).toBeCloseTo(4.8, 3);
    expect(program.output("loss")[0]).toBeCloseTo(24.01, 2);
  });

  it("brings an output that is a parameter up to date in each run", () => {
    const { program } = descent(true);
    const seen = program.output("p");
    program.run();
    expect(seen[0]).toBeCloseTo(-0.1, 3);
  });

  it("computes nothing that nobody reads", async () => {
    const graph = new Graph("half of it is read");
    const x = graph.input("x", [3]);
    graph.activate(x, "tanh");
    graph.output("y", graph.activate(x, "sigmoid"));
    const program = tensorflowWorkspace().compile(graph);
    const { kernelNames } = await tf.profile(() => {
      program.run();
      return tf.scalar(0);
    });
    expect(kernelNames).toContain("Sigmoid");
    expect(kernelNames).not.toContain("Tanh");
  });
});

/** Adam on the mean square of a parameter [2]. */
function descent(watched = false): { readonly workspace: Workspace; readonly program: Program } {
  const graph = new Graph("descent");
  const p = graph.parameter("p", [2]);
  const loss = graph.squaredError(p, graph.input("target", [2]));
  const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  graph.adam("adam", [p], graph.gradients(loss, [p]), graph.input("rate", [1]), options);
  graph.output("loss", loss);
  if (watched) graph.output("p", p);
  const workspace = tensorflowWorkspace();
  const program = workspace.compile(graph);
  program.input("rate").fill(0.1);
  if (watched) program.input("target").fill(-1);
  return { workspace, program };
}
