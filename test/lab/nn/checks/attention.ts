import type { AttentionShape, Tensor } from "../../../../lab/nn/ops.ts";
import type { Setting } from "../setting.ts";
import {
  type Check,
  dot,
  formulaCheck,
  gradientCheck,
  mean,
  propertyCheck,
  rowsOf,
  scalar,
  sum,
  valuesOf,
} from "./check.ts";

/** 0 in about a third of the places, throughout the second row and never in the first column of another. */
function maskOf(setting: Setting, batch: number, width: number): Tensor {
  return setting.input("mask", [batch, width], (i) => {
    if (Math.floor(i / width) === 1) return 0;
    return i % width === 0 ? 1 : Number(setting.stream.uniform() < 0.65);
  });
}

function softmaxGradients(): Check[] {
  return [1, 5, 64].flatMap((batch) =>
    [1, 3, 7, 65].flatMap((width) => [
      gradientCheck(`softmax [${batch}, ${width}]`, 1500, (setting) =>
        scalar(setting, setting.graph.softmax(setting.parameter("x", [batch, width]))),
      ),
      gradientCheck(`softmax masked, two rows a mask [${2 * batch}, ${width}]`, 1501, (setting) => {
        const x = setting.parameter("x", [2 * batch, width]);
        return scalar(setting, setting.graph.softmax(x, maskOf(setting, batch, width)));
      }),
    ]),
  );
}

function softmaxRows(): Check {
  return propertyCheck(
    "softmax rows sum to 1, are 0 where masked, 0 throughout where all is masked",
    1502,
    (setting) => {
      const x = setting.input("x", [20, 7], () => 30 * setting.stream.normal());
      setting.graph.output("free", setting.graph.softmax(x));
      setting.graph.output("masked", setting.graph.softmax(x, maskOf(setting, 5, 7)));
    },
    (read, setting) => {
      const masks = rowsOf(valuesOf(setting, "mask"), 7);
      const masked = rowsOf(read("masked"), 7);
      // What a mask leaves keeps its proportions.
      const proportional = rowsOf(valuesOf(setting, "x"), 7).flatMap((row, r) => {
        const kept = row.map((value, j) => (masks[Math.floor(r / 4)]?.[j] as number) * Math.exp(value));
        return kept.map((weight) => weight / (sum(kept) || 1));
      });
      return [
        [rowsOf(read("free"), 7).map(sum), new Array(20).fill(1)],
        [masked.map(sum), masked.map((_, r) => Number(Math.floor(r / 4) !== 1))],
        [read("masked"), proportional],
        // Exactly 0, not merely small.
        [[masked.flat().filter((value, i) => masks[Math.floor(i / 28)]?.[i % 7] === 0 && value !== 0).length], [0]],
      ];
    },
  );
}

interface Case extends AttentionShape {
  readonly batch: number;
  readonly width: number;
  readonly masked: boolean;
}

const CASES: readonly Case[] = [
  { batch: 1, heads: 1, queries: 1, keys: 1, width: 1, masked: false },
  { batch: 1, heads: 1, queries: 2, keys: 3, width: 7, masked: true },
  { batch: 5, heads: 1, queries: 3, keys: 2, width: 3, masked: false },
  { batch: 5, heads: 2, queries: 1, keys: 4, width: 6, masked: true },
  { batch: 5, heads: 4, queries: 3, keys: 3, width: 12, masked: false },
  { batch: 5, heads: 4, queries: 2, keys: 7, width: 4, masked: true },
  { batch: 5, heads: 1, queries: 2, keys: 65, width: 65, masked: true },
  { batch: 64, heads: 2, queries: 3, keys: 5, width: 8, masked: true },
];

const describe = ({ batch, heads, queries, keys, width, masked }: Case) =>
  `[${batch}; ${heads} heads, ${queries} queries, ${keys} keys, ${width}]${masked ? " masked" : ""}`;

function gradients(): Check[] {
  return CASES.flatMap((one) => {
    const { batch, heads, queries, keys, width, masked } = one;
    const matrix = (setting: Setting, name: string, tokens: number) => setting.parameter(name, [batch * tokens, width]);
    return [
      gradientCheck(`attention ${describe(one)}`, 1503, (setting) => {
        const [q, k] = [matrix(setting, "queries", queries), matrix(setting, "keys", keys)];
        const mask = masked ? maskOf(setting, batch, keys) : undefined;
        return scalar(setting, setting.graph.attention(q, k, matrix(setting, "values", keys), one, mask));
      }),
      gradientCheck(`attention scores ${describe(one)}`, 1504, (setting) => {
        const [q, k] = [matrix(setting, "queries", queries), matrix(setting, "keys", keys)];
        return scalar(setting, setting.graph.attentionScores(q, k, one, 0.3));
      }),
      gradientCheck(`attention mix ${describe(one)}`, 1505, (setting) => {
        const weights = setting.parameter("weights", [batch * heads * queries, keys]);
        return scalar(setting, setting.graph.attentionMix(weights, matrix(setting, "values", keys), one, -0.7));
      }),
    ];
  });
}

/** Scores and mixes token by token, each head on its own slice of the columns. */
function definition(): Check {
  const [batch, width] = [2, 6];
  const shape = { heads: 2, queries: 3, keys: 4 };
  return formulaCheck("attention by its definition", 1506, (setting) => {
    const { graph } = setting;
    const [q, k] = [setting.input("queries", [batch * 3, width]), setting.input("keys", [batch * 4, width])];
    const v = setting.input("values", [batch * 4, width]);
    const mask = setting.input("mask", [batch, 4], (i) => [1, 0, 1, 1, 0, 1, 1, 0][i] as number);
    graph.output("scores", graph.attentionScores(q, k, shape, 0.3));
    graph.output("attended", graph.attention(q, k, v, shape, mask));
    const rows = (name: string) => rowsOf(valuesOf(setting, name), width);
    const part = (row: readonly number[], head: number) => row.slice(3 * head, 3 * head + 3);
    const ofExample = (name: string, b: number, count: number) => rows(name).slice(b * count, (b + 1) * count);
    const examples = [0, 1].map((b) => ({
      queries: ofExample("queries", b, 3),
      keys: ofExample("keys", b, 4),
      values: ofExample("values", b, 4),
      mask: valuesOf(setting, "mask").slice(4 * b, 4 * b + 4),
    }));
    const scores = examples.flatMap(({ queries, keys }) =>
      [0, 1].flatMap((head) =>
        queries.flatMap((query) => keys.map((key) => 0.3 * dot(part(query, head), part(key, head)))),
      ),
    );
    const attended = examples.flatMap(({ queries, keys, values, mask }) =>
      queries.flatMap((query) =>
        [0, 1].flatMap((head) => {
          const weights = keys.map(
            (key, n) => (mask[n] as number) * Math.exp(dot(part(query, head), part(key, head)) / Math.sqrt(3)),
          );
          const total = sum(weights);
          return [0, 1, 2].map(
            (column) =>
              dot(
                weights,
                values.map((row) => part(row, head)[column] as number),
              ) / total,
          );
        }),
      ),
    );
    return { scores, attended };
  });
}

function identicalKeys(): Check {
  const [batch, keys, width] = [5, 7, 3];
  return formulaCheck("attention to identical keys is the mean of the values", 1507, (setting) => {
    const queries = setting.input("queries", [batch, width]);
    const same = setting.input("keys", [batch * keys, width], (i) => i % width);
    const values = setting.input("values", [batch * keys, width]);
    const shape = { heads: 1, queries: 1, keys };
    setting.graph.output("attended", setting.graph.attention(queries, same, values, shape));
    const examples = rowsOf(valuesOf(setting, "values"), keys * width);
    return {
      attended: examples.flatMap((example) =>
        [0, 1, 2].map((column) => mean(rowsOf(example, width).map((row) => row[column] as number))),
      ),
    };
  });
}

/** Another order of the queries orders the results alike; another order of keys with their values changes nothing. */
function permutation(): Check {
  const [tokens, width] = [5, 8];
  const order = [3, 0, 4, 1, 2];
  return propertyCheck(
    "self-attention is equivariant to the order of its tokens",
    1508,
    (setting) => {
      const { graph } = setting;
      const shape = { heads: 2, queries: tokens, keys: tokens };
      const tensors = ["queries", "keys", "values"].map((name) => setting.input(name, [tokens, width]));
      const moved = ["queries", "keys", "values"].map((name) => {
        const rows = rowsOf(valuesOf(setting, name), width);
        const values = order.flatMap((row) => rows[row] as number[]);
        return setting.input(`moved ${name}`, [tokens, width], (i) => values[i] as number);
      });
      const [q, k, v] = tensors as [Tensor, Tensor, Tensor];
      const [movedQ, movedK, movedV] = moved as [Tensor, Tensor, Tensor];
      graph.output("plain", graph.attention(q, k, v, shape));
      graph.output("keys moved", graph.attention(q, movedK, movedV, shape));
      graph.output("all moved", graph.attention(movedQ, movedK, movedV, shape));
    },
    (read) => {
      const rows = rowsOf(read("plain"), width);
      return [
        [read("keys moved"), read("plain")],
        [read("all moved"), order.flatMap((row) => rows[row] as number[])],
      ];
    },
  );
}

export const attentionChecks: readonly Check[] = [
  softmaxRows(),
  definition(),
  identicalKeys(),
  permutation(),
  ...softmaxGradients(),
  ...gradients(),
];
