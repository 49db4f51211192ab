/** Parameters and environments of runs side by side, differences first. */
import type { ParameterValue, RunDetail } from "../../../preload/contract.ts";
import { formatParameter } from "../format.ts";
import type { ParameterRow } from "../parameters.ts";

export interface ComparedRow {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  /** Undefined for what has no source: seed, versions, environment. */
  readonly source: Pick<ParameterRow, "source" | "reason"> | undefined;
  /** One a run; undefined where a run does not have it. */
  readonly values: readonly (ParameterValue | undefined)[];
  readonly differs: boolean;
}

export interface Comparison {
  readonly parameters: readonly ComparedRow[];
  readonly environment: readonly ComparedRow[];
}

const environmentTitles: Readonly<Record<string, string>> = {
  kernelBuild: "Kernel build",
  programVersion: "Program version",
  commit: "Commit",
  node: "Node",
  v8: "V8",
  cpu: "Processor",
  os: "System",
  device: "Device",
  scenarioVersion: "Scenario version",
  learnerVersion: "Learner version",
};

/** All rows, those that differ first; otherwise in the order in which the runs have them. */
export function compareRuns(details: readonly RunDetail[]): Comparison {
  const facts: readonly (readonly [string, string, (detail: RunDetail) => ParameterValue])[] = [
    ["scenario", "Scenario", ({ summary }) => summary.scenario],
    ["learner", "Learner", ({ summary }) => summary.learner],
    ["preset", "Preset", ({ summary }) => summary.preset],
    ["seed", "Seed", ({ summary }) => summary.seed],
  ];
  const rowsOf = details.map(({ parameters }) => new Map(parameters.map((row) => [row.key, row])));
  const keys = new Set(details.flatMap(({ parameters }) => parameters.map(({ key }) => key)));
  const names = new Set(details.flatMap(({ environment }) => Object.keys(environment)));
  return {
    parameters: differencesFirst([
      ...facts.map(([key, title, read]) => row({ key, title, unit: "", source: undefined }, details.map(read))),
      ...[...keys].map((key) => {
        const rows = rowsOf.map((each) => each.get(key));
        const known = rows.find((each) => each !== undefined)!;
        const { title, unit } = known;
        return row(
          { key, title, unit, source: known },
          rows.map((each) => each?.value),
        );
      }),
    ]),
    environment: differencesFirst(
      [...names].map((key) =>
        row(
          { key, title: environmentTitles[key] ?? key, unit: "", source: undefined },
          details.map(({ environment }) => environment[key]),
        ),
      ),
    ),
  };
}

function row(named: Omit<ComparedRow, "values" | "differs">, values: ComparedRow["values"]): ComparedRow {
  return { ...named, values, differs: new Set(values).size > 1 };
}

function differencesFirst(rows: readonly ComparedRow[]): ComparedRow[] {
  return [...rows.filter(({ differs }) => differs), ...rows.filter(({ differs }) => !differs)];
}

export function formatCompared(value: ParameterValue | undefined): string {
  return value === undefined ? "not set" : formatParameter(value);
}

/** The table as text to paste elsewhere; raw numbers, so that they can be read back. */
export function comparisonText(
  names: readonly string[],
  rows: readonly ComparedRow[],
  form: "markdown" | "tsv",
): string {
  const lines = [
    ["Parameter", "Unit", ...names, "Source"],
    ...rows.map(({ key, unit, values, source }) => [
      key,
      unit,
      ...values.map((value) => (value === undefined ? "" : String(value))),
      source?.source ?? "",
    ]),
  ];
  if (form === "tsv")
    return lines.map((cells) => cells.map((cell) => cell.replace(/[\t\n\r]+/g, " ")).join("\t")).join("\n");
  const [head = [], ...body] = lines.map((cells) =>
    cells.map((cell) => cell.replace(/\|/g, "\\|").replace(/\s+/g, " ")),
  );
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
}
