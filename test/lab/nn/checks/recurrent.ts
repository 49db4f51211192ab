import { Graph } from "../../../../lab/nn/graph.ts";
import { CELLS, type Cell, type Tensor } from "../../../../lab/nn/ops.ts";
import type { Workspace } from "../../../../lab/nn/workspace.ts";
import { Setting } from "../setting.ts";
import { type Check, formulaCheck, gradientCheck, relativeError, rowsOf, scalar, sum, valuesOf } from "./check.ts";

const NAMES = Object.keys(CELLS) as Cell[];

interface Extents {
  readonly steps: number;
  readonly batch: number;
  readonly units: number;
}

/** A layer whose gates are parameters, with resets in the middle and, for some sequences, at the start. */
function layer(setting: Setting, cell: Cell, { steps, batch, units }: Extents): { output: Tensor; state: Tensor } {
  const { gates, state } = CELLS[cell];
  const scale = 1 / Math.sqrt(units);
  return setting.graph.recurrent(
    cell,
    setting.parameter("gates", [steps * batch, gates * units]),
    setting.parameter("weight", [units, gates * units], () => scale * setting.stream.normal()),
    setting.parameter("bias", [gates * units]),
    setting.input("state", [batch, state * units]),
    setting.input("keep", [steps * batch], (row) => {
      const [step, sequence] = [Math.floor(row / batch), row % batch];
      const middle = step > 0 && step === Math.floor(steps / 2) && sequence % 2 === 0;
      return Number(!(middle || (step === 0 && sequence % 3 === 1)));
    }),
  );
}

const EXTENTS: readonly Extents[] = [
  { steps: 1, batch: 1, units: 1 },
  { steps: 1, batch: 5, units: 3 },
  { steps: 3, batch: 1, units: 7 },
  { steps: 3, batch: 2, units: 65 },
  { steps: 3, batch: 64, units: 3 },
  { steps: 10, batch: 1, units: 1 },
  { steps: 10, batch: 5, units: 7 },
];

function gradients(): Check[] {
  return NAMES.flatMap((cell) =>
    EXTENTS.map((extents) =>
      gradientCheck(
        `${cell}, ${extents.steps} steps of ${extents.batch} sequences, ${extents.units} units`,
        1600,
        (setting) => scalar(setting, layer(setting, cell, extents).output),
      ),
    ),
  );
}

const sigmoid = (z: number) => Math.exp(z) / (1 + Math.exp(z));

/** One step of one unit: what each cell's equations say, with x by gate, (h W + b) by gate, and the state before. */
function step(cell: Cell, x: Gates, own: Gates, h: number, c: number): number[] {
  if (cell === "rnn") return [Math.tanh(x("h") + own("h"))];
  if (cell === "gru") {
    const r = sigmoid(x("r") + own("r"));
    const z = sigmoid(x("z") + own("z"));
    const n = Math.tanh(x("n") + r * own("n"));
    return [(1 - z) * n + z * h];
  }
  const next = sigmoid(x("f") + own("f")) * c + sigmoid(x("i") + own("i")) * Math.tanh(x("g") + own("g"));
  return [sigmoid(x("o") + own("o")) * Math.tanh(next), next];
}

type Gates = (gate: string) => number;

/** The gates in the order of the columns of the layer's input and of its weight. */
const ORDERS: Readonly<Record<Cell, readonly [input: string, weight: string]>> = {
  rnn: ["h", "h"],
  gru: ["nrz", "rzn"],
  lstm: ["ifgo", "ifgo"],
};

/** One step from the written equations; the second sequence starts afresh. */
function equations(cell: Cell): Check {
  const [batch, units] = [5, 3];
  return formulaCheck(`one step of ${cell} by its equations`, 1601, (setting) => {
    const made = layer(setting, cell, { steps: 1, batch, units });
    setting.graph.output("output", made.output);
    setting.graph.output("state", made.state);
    const { gates, state } = CELLS[cell];
    const [inputOrder, weightOrder] = ORDERS[cell];
    const weight = rowsOf(valuesOf(setting, "weight"), gates * units);
    const bias = valuesOf(setting, "bias");
    const after = rowsOf(valuesOf(setting, "state"), state * units).map((carried, b) => {
      const before = carried.map((value) => (valuesOf(setting, "keep")[b] === 1 ? value : 0));
      const x = rowsOf(valuesOf(setting, "gates"), gates * units)[b] as number[];
      const perUnit = Array.from({ length: units }, (_, unit) => {
        const own: Gates = (gate) => {
          const column = weightOrder.indexOf(gate) * units + unit;
          const h = before.slice(0, units);
          return (bias[column] as number) + sum(h.map((value, k) => value * (weight[k]?.[column] as number)));
        };
        const given: Gates = (gate) => x[inputOrder.indexOf(gate) * units + unit] as number;
        return step(cell, given, own, before[unit] as number, before[units + unit] as number);
      });
      return Array.from({ length: state }, (_, block) => perUnit.map((values) => values[block] as number)).flat();
    });
    return { output: after.flatMap((row) => row.slice(0, units)), state: after.flat() };
  });
}

/** Ten steps at once are ten times one step with the state handed on, and a reset is a start from zero. */
function chunks(cell: Cell): Check {
  const extents = { steps: 10, batch: 3, units: 5 };
  const { steps, batch, units } = extents;
  const { gates, state } = CELLS[cell];
  const prepare = (): Setting => {
    const setting = new Setting(1602);
    const made = layer(setting, cell, extents);
    setting.graph.output("output", made.output);
    setting.graph.output("state", made.state);
    return setting;
  };
  const error = (workspace: Workspace): number => {
    const setting = prepare();
    const whole = setting.open(workspace);
    whole.run();
    const graph = new Graph("one step");
    const made = graph.recurrent(
      cell,
      graph.input("gates", [batch, gates * units]),
      graph.parameter("weight", [units, gates * units]),
      graph.parameter("bias", [gates * units]),
      graph.input("state", [batch, state * units]),
      graph.input("keep", [batch]),
    );
    graph.output("output", made.output);
    graph.output("state", made.state);
    const single = workspace.compile(graph);
    single.input("keep").fill(1);
    let carried = [...valuesOf(setting, "state")];
    const outputs: number[] = [];
    for (let t = 0; t < steps; t++) {
      const keep = valuesOf(setting, "keep").slice(t * batch, (t + 1) * batch);
      const start = carried.map((value, i) => (keep[Math.floor(i / (state * units))] === 0 ? 0 : value));
      const width = batch * gates * units;
      single.input("gates").set(valuesOf(setting, "gates").slice(t * width, (t + 1) * width));
      single.input("state").set(start);
      single.run();
      outputs.push(...single.output("output"));
      carried = [...single.output("state")];
    }
    return Math.max(relativeError(whole.output("output"), outputs), relativeError(whole.output("state"), carried));
  };
  return { name: `${cell}: ten steps at once and one by one`, prepare, error };
}

/** Two layers one over the other, an embedding and a dense below: the gradient passes through the gates. */
function stacked(cell: Cell): Check {
  const [steps, batch, units] = [3, 2, 3];
  return gradientCheck(`two layers of ${cell} over an embedding`, 1603, (setting) => {
    const { graph } = setting;
    const { gates, state } = CELLS[cell];
    const width = gates * units;
    const indices = setting.input("indices", [steps * batch], () => setting.stream.integer(4));
    let x = graph.embedding(setting.parameter("table", [4, units]), indices);
    const keep = setting.input("keep", [steps * batch], (row) => Number(row !== 2));
    for (const name of ["first", "second"]) {
      const matrix = (what: string) => setting.parameter(`${name}/${what}`, [units, width]);
      const vector = (what: string) => setting.parameter(`${name}/${what}`, [width]);
      const given = graph.dense(x, matrix("input"), vector("inputBias"), "none");
      const start = setting.input(`${name}/state`, [batch, state * units]);
      x = graph.recurrent(cell, given, matrix("weight"), vector("bias"), start, keep).output;
    }
    return scalar(setting, x);
  });
}

export const recurrentChecks: readonly Check[] = [
  ...NAMES.map(equations),
  ...NAMES.map(chunks),
  ...gradients(),
  ...NAMES.map(stacked),
];
