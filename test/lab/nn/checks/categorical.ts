import type { Tensor } from "../../../../lab/nn/ops.ts";
import type { Setting } from "../setting.ts";
import {
  BATCHES,
  type Check,
  formulaCheck,
  gradientCheck,
  propertyCheck,
  rowsOf,
  scalarOfRows,
  sum,
  valuesOf,
} from "./check.ts";

/** Heads of one row; every mask below leaves the first option of each head allowed. */
const HEADS: readonly (readonly number[])[] = [[1], [3], [7], [65], [2, 5, 1, 9]];

interface Heads {
  readonly logits: Tensor;
  readonly mask: Tensor | undefined;
  readonly actions: Tensor;
}

/** Logits, allowed actions and perhaps a mask. */
function open(setting: Setting, batch: number, choices: readonly number[], masked: boolean): Heads {
  const width = sum(choices);
  const starts = startsOf(choices);
  const logits = setting.parameter("logits", [batch, width]);
  const mask = masked
    ? setting.input("mask", [batch, width], (i) =>
        starts.includes(i % width) ? 1 : Number(setting.stream.uniform() < 0.6),
      )
    : undefined;
  const actions = setting.input("actions", [batch, choices.length], (i) => {
    const head = i % choices.length;
    const row = Math.floor(i / choices.length);
    const action = setting.stream.integer(choices[head] as number);
    const place = row * width + (starts[head] as number) + action;
    return masked && setting.inputs.get("mask")?.[place] === 0 ? 0 : action;
  });
  return { logits, mask, actions };
}

function startsOf(choices: readonly number[]): number[] {
  return choices.map((_, head) => sum(choices.slice(0, head)));
}

function gradients(): Check[] {
  return BATCHES.flatMap((batch) =>
    HEADS.flatMap((choices) =>
      [false, true].flatMap((masked) => {
        const name = `[${batch}; ${choices.join("+")}]${masked ? " masked" : ""}`;
        return [
          gradientCheck(`categorical log-probability ${name}`, 300, (setting) => {
            const { logits, mask, actions } = open(setting, batch, choices, masked);
            return scalarOfRows(setting, setting.graph.categoricalLogProbability(logits, actions, choices, mask));
          }),
          gradientCheck(`categorical entropy ${name}`, 301, (setting) => {
            const { logits, mask } = open(setting, batch, choices, masked);
            return scalarOfRows(setting, setting.graph.categoricalEntropy(logits, choices, mask));
          }),
          gradientCheck(`categorical KL ${name}`, 302, (setting) => {
            const { logits, mask } = open(setting, batch, choices, masked);
            const old = setting.input("old", logits.shape);
            return scalarOfRows(setting, setting.graph.categoricalKl(old, logits, choices, mask));
          }),
        ];
      }),
    ),
  );
}

/** Probabilities of each head's options in each row, from the definition; masked options have none. */
function probabilities(setting: Setting, name: string, choices: readonly number[]): number[][][] {
  const width = sum(choices);
  const mask = rowsOf(valuesOf(setting, "mask"), width);
  return rowsOf(valuesOf(setting, name), width).map((row, b) =>
    startsOf(choices).map((start, head) => {
      const options = Array.from({ length: choices[head] as number }, (_, option) => start + option);
      const weights = options.map((i) => (mask[b]?.[i] === 0 ? 0 : Math.exp(row[i] as number)));
      return weights.map((weight) => weight / sum(weights));
    }),
  );
}

function definition(): Check {
  const choices = [2, 5, 1, 9];
  return formulaCheck("categorical heads by their definition", 303, (setting) => {
    const { graph } = setting;
    const { logits, mask, actions } = open(setting, 5, choices, true);
    const old = setting.input("old", logits.shape);
    graph.output("logProbability", graph.categoricalLogProbability(logits, actions, choices, mask));
    graph.output("entropy", graph.categoricalEntropy(logits, choices, mask));
    graph.output("kl", graph.categoricalKl(old, logits, choices, mask));
    const now = probabilities(setting, "logits", choices);
    const before = probabilities(setting, "old", choices);
    const taken = rowsOf(valuesOf(setting, "actions"), choices.length);
    const overHeads = (term: (row: number, head: number) => number) =>
      now.map((heads, row) => sum(heads.map((_, head) => term(row, head))));
    const at = (list: number[][][], row: number, head: number) => list[row]?.[head] as number[];
    return {
      logProbability: overHeads((row, head) => Math.log(at(now, row, head)[taken[row]?.[head] as number] as number)),
      entropy: overHeads((row, head) => sum(at(now, row, head).map((p) => (p === 0 ? 0 : -p * Math.log(p))))),
      kl: overHeads((row, head) =>
        sum(at(before, row, head).map((p, i) => (p === 0 ? 0 : p * Math.log(p / (at(now, row, head)[i] as number))))),
      ),
    };
  });
}

function klProperties(): Check {
  return propertyCheck(
    "categorical KL: never below zero, zero at equality and where a head is masked whole",
    304,
    (setting) => {
      const { graph } = setting;
      const [old, now] = [setting.input("old", [64, 5]), setting.input("now", [64, 5])];
      const nothing = setting.input("nothing", [64, 5], () => 0);
      graph.output("kl", graph.categoricalKl(old, now, [2, 3]));
      graph.output(
        "same",
        graph.categoricalKl(
          old,
          setting.input("copy", [64, 5], (i) => valuesOf(setting, "old")[i] as number),
          [2, 3],
        ),
      );
      graph.output("masked", graph.categoricalKl(old, now, [2, 3], nothing));
    },
    (read) => [
      [[read("kl").filter((kl) => kl <= 0).length], [0]],
      [read("same"), new Array(64).fill(0)],
      [read("masked"), new Array(64).fill(0)],
    ],
  );
}

export const categoricalChecks: readonly Check[] = [definition(), klProperties(), ...gradients()];
