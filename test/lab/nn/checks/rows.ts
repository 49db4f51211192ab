import {
  BATCHES,
  type Check,
  formulaCheck,
  gradientCheck,
  rowsOf,
  scalar,
  scalarOfRows,
  sum,
  valuesOf,
} from "./check.ts";

function gradients(): Check[] {
  return BATCHES.flatMap((batch) => [
    ...[1, 3, 7, 65].flatMap((width) => [
      gradientCheck(`columns of [${batch}, ${width + 2}]`, 1300, (setting) => {
        const x = setting.parameter("x", [batch, width + 2]);
        return scalar(setting, setting.graph.columns(x, 1, width));
      }),
      gradientCheck(`concatenate ${width} and 3 columns [${batch}]`, 1301, (setting) => {
        const { graph } = setting;
        const parts = [setting.parameter("a", [batch, width]), setting.parameter("b", [batch, 3])];
        return scalar(setting, graph.concatenate([...parts, parts[0] as (typeof parts)[0]]));
      }),
      gradientCheck(`sumRows [${batch} 3, ${width}]`, 1302, (setting) =>
        scalar(setting, setting.graph.sumRows(setting.parameter("x", [3 * batch, width]), 3)),
      ),
      gradientCheck(`repeatRows [${batch}, ${width}]`, 1303, (setting) =>
        scalar(setting, setting.graph.repeatRows(setting.parameter("x", [batch, width]), 3)),
      ),
      // Four rows: larger batches name a row more than once.
      gradientCheck(`embedding of ${width} columns [${batch}]`, 1304, (setting) => {
        const indices = setting.input("indices", [batch], (i) => (i * i) % 4);
        return scalar(setting, setting.graph.embedding(setting.parameter("table", [4, width]), indices));
      }),
      gradientCheck(`selectColumn [${batch}, ${width}]`, 1305, (setting) => {
        const indices = setting.input("indices", [batch], () => setting.stream.integer(width));
        return scalarOfRows(setting, setting.graph.selectColumn(setting.parameter("x", [batch, width]), indices));
      }),
    ]),
  ]);
}

function values(): Check {
  const [batch, width] = [5, 3];
  return formulaCheck("rows and columns moved, gathered, added and repeated", 1306, (setting) => {
    const { graph } = setting;
    const x = setting.input("x", [batch, width]);
    const other = setting.input("other", [batch, 2]);
    const many = setting.input("many", [2 * batch, width]);
    const table = setting.input("table", [4, width]);
    const rows = setting.input("rows", [batch], (i) => [3, 0, 3, 1, 3][i] as number);
    const columns = setting.input("columns", [batch], (i) => [2, 0, 1, 2, 2][i] as number);
    graph.output("columns", graph.columns(x, 1, 2));
    graph.output("concatenated", graph.concatenate([x, other, x]));
    graph.output("summed", graph.sumRows(many, 2));
    graph.output("repeated", graph.repeatRows(x, 2));
    graph.output("embedded", graph.embedding(table, rows));
    graph.output("selected", graph.selectColumn(x, columns));
    const read = (name: string, count: number) => rowsOf(valuesOf(setting, name), count);
    const [xs, others, all, entries] = [read("x", 3), read("other", 2), read("many", 3), read("table", 3)];
    return {
      columns: xs.flatMap(([, ...rest]) => rest),
      concatenated: xs.flatMap((row, b) => [row, others[b] as number[], row].flat()),
      summed: xs.flatMap((_, b) =>
        [0, 1, 2].map((j) => sum([all[2 * b]?.[j] as number, all[2 * b + 1]?.[j] as number])),
      ),
      repeated: xs.flatMap((row) => [row, row].flat()),
      embedded: [3, 0, 3, 1, 3].flatMap((index) => entries[index] as number[]),
      selected: xs.map((row, b) => row[[2, 0, 1, 2, 2][b] as number] as number),
    };
  });
}

export const rowChecks: readonly Check[] = [values(), ...gradients()];
