import type { Graph } from "../../../../lab/nn/graph.ts";
import type { OpKind, Tensor } from "../../../../lab/nn/ops.ts";
import type { Program, Workspace } from "../../../../lab/nn/workspace.ts";
import { Setting } from "../setting.ts";

/** Something about some ops that an executor can get wrong. */
export interface Check {
  readonly name: string;
  /** A new graph and its values; the same at every call. */
  prepare(): Setting;
  /** Distance between what the workspace computes and what is right, relative to the size of the right values. */
  error(workspace: Workspace): number;
}

/** Kinds of op in a check's graph. */
export function kindsOf(check: Check): ReadonlySet<OpKind> {
  return new Set(check.prepare().graph.nodes.map(({ op }) => op.kind));
}

/** Values smaller than this count as if they were of this size. */
const FLOOR = 1e-3;

export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, size] = [0, FLOOR];
  for (let i = 0; i < expected.length; i++) {
    const distance = Math.abs((actual[i] as number) - (expected[i] as number));
    difference = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : Math.max(difference, distance);
    size = Math.max(size, Math.abs(expected[i] as number));
  }
  return difference / size;
}

/** Step of a central difference: its error is of order STEP^2 plus float64 rounding over STEP. */
const STEP = 1e-5;
/** Places of each parameter where the gradient is compared: the first, the last and some between. */
const PLACES = 8;

/** The gradient that the graph's own backward pass computes against central finite differences of its loss. */
export function gradientCheck(name: string, seed: number, build: (setting: Setting) => Tensor): Check {
  const prepare = (): Setting => {
    const setting = new Setting(seed);
    const loss = build(setting);
    setting.graph.output("loss", loss);
    const parameters = [...setting.parameters.keys()].map((parameter) => parameterOf(setting.graph, parameter));
    const gradients = setting.graph.gradients(loss, parameters);
    [...setting.parameters.keys()].forEach((parameter, index) => {
      setting.graph.output(`gradient/${parameter}`, gradients[index] as Tensor);
    });
    return setting;
  };
  const error = (workspace: Workspace): number => {
    const setting = prepare();
    const program = setting.open(workspace);
    program.run();
    const analytic = new Map(
      [...setting.parameters.keys()].map((parameter) => [parameter, program.output(`gradient/${parameter}`).slice()]),
    );
    let worst = 0;
    for (const [parameter, gradient] of analytic) {
      const places = samplePlaces(gradient.length, setting);
      const measured = places.map((place) => slope(workspace, program, parameter, place));
      worst = Math.max(
        worst,
        relativeError(
          Array.from(places, (place) => gradient[place] as number),
          measured,
        ),
      );
    }
    return worst;
  };
  return { name, prepare, error };
}

function parameterOf(graph: Graph, name: string): Tensor {
  const node = graph.nodes.find(({ op }) => op.kind === "parameter" && op.name === name);
  if (!node) throw new Error(`the case has no parameter ${name}`);
  return node;
}

function samplePlaces(length: number, { stream }: Setting): number[] {
  if (length <= PLACES) return Array.from({ length }, (_, place) => place);
  return [0, length - 1, ...Array.from({ length: PLACES - 2 }, () => stream.integer(length))];
}

function slope(workspace: Workspace, program: Program, parameter: string, place: number): number {
  const values = workspace.parameter(parameter);
  const held = values[place] as number;
  const lossAt = (value: number): number => {
    values[place] = value;
    program.run();
    return program.output("loss")[0] as number;
  };
  const difference = lossAt(held + STEP) - lossAt(held - STEP);
  values[place] = held;
  return difference / (2 * STEP);
}

/** Named outputs (or parameters, after the run) against values worked out here in another way. */
export function formulaCheck(
  name: string,
  seed: number,
  build: (setting: Setting) => Readonly<Record<string, readonly number[]>>,
  runs = 1,
): Check {
  const prepare = (): Setting => {
    const setting = new Setting(seed);
    build(setting);
    return setting;
  };
  const error = (workspace: Workspace): number => {
    const setting = new Setting(seed);
    const expected = build(setting);
    const program = setting.open(workspace);
    for (let run = 0; run < runs; run++) program.run();
    const errors = Object.entries(expected).map(([key, values]) =>
      relativeError(setting.parameters.has(key) ? workspace.parameter(key) : program.output(key), values),
    );
    return Math.max(...errors);
  };
  return { name, prepare, error };
}

/** What a run gave and what it should have given. */
export type Pair = readonly [actual: ArrayLike<number>, expected: ArrayLike<number>];

/** Properties of the named outputs of one run. */
export function propertyCheck(
  name: string,
  seed: number,
  build: (setting: Setting) => void,
  pairs: (read: (output: string) => readonly number[], setting: Setting) => readonly Pair[],
): Check {
  const prepare = (): Setting => {
    const setting = new Setting(seed);
    build(setting);
    return setting;
  };
  const error = (workspace: Workspace): number => {
    const setting = prepare();
    const program = setting.open(workspace);
    program.run();
    return Math.max(
      ...pairs((output) => [...program.output(output)], setting).map(([actual, expected]) =>
        relativeError(actual, expected),
      ),
    );
  };
  return { name, prepare, error };
}

/** Values of an input or a parameter of a setting. */
export function valuesOf(setting: Setting, name: string): readonly number[] {
  return setting.inputs.get(name) ?? (setting.parameters.get(name) as number[]);
}

/** Rows of a row-major matrix. */
export function rowsOf(values: readonly number[], width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, row) => values.slice(row * width, (row + 1) * width));
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function dot(a: readonly number[], b: readonly number[]): number {
  return sum(a.map((value, i) => value * (b[i] as number)));
}

export const mean = (values: readonly number[]) => sum(values) / values.length;

/** A loss whose gradient differs from value to value of y [B, O]. */
export function scalar(setting: Setting, y: Tensor): Tensor {
  const [batch, width] = y.shape as readonly [number, number];
  const weight = setting.parameter("head/weight", [width, 1]);
  const bias = setting.parameter("head/bias", [1]);
  const target = setting.input("target", [batch]);
  return setting.graph.squaredError(setting.graph.dense(y, weight, bias, "none"), target);
}

/** As {@link scalar}, for one value a row. */
export function scalarOfRows(setting: Setting, rows: Tensor): Tensor {
  return setting.graph.squaredError(rows, setting.input("target", rows.shape));
}

export const BATCHES = [1, 5, 64];
