import type { Numbers, Program, Workspace } from "../../nn/workspace.ts";
import { TrainingDiverged } from "../learner.ts";

/**
 * Throws where values are not all finite, or where their sum overflows.
 *
 * @param explain what is to blame, from the index of the first bad value (-1 if only their sum is)
 * @throws TrainingDiverged naming `term`
 */
export function requireFinite(
  term: string,
  values: ArrayLike<number>,
  iteration: number,
  explain: (index: number) => string = () => "",
): void {
  let sum = 0; // finite only if every value is
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  if (!Number.isFinite(sum)) throw new TrainingDiverged(term, iteration, explain(firstBad(values)));
}

/**
 * Why the last run of a program gave something that is not finite: the first such value among its inputs; else how
 * large these are, and the state of the parameters. A program that trains has already spoilt the parameters by then.
 */
export function causeIn(program: Program, workspace: Workspace): string {
  for (const name of program.inputNames) {
    const values = program.input(name);
    const at = firstBad(values);
    if (at >= 0) return `its input ${name} is ${values[at]} in ${place(program.inputShape(name), at)}`;
  }
  const input = largest(program.inputNames, (name) => program.input(name));
  const inputs = `its inputs are finite, at most ${short(input.value)} in size (${input.name})`;
  const names = workspace.parameterNames;
  const spoilt = names.find((name) => firstBad(workspace.parameter(name)) >= 0);
  if (spoilt !== undefined) return `${inputs}; the parameter ${spoilt} is not finite now`;
  const weight = largest(names, (name) => workspace.parameter(name));
  return `${inputs}, and so are the parameters, at most ${short(weight.value)} (${weight.name})`;
}

/** Names the step and the world of a row of a rollout, for {@link requireFinite}. */
export function placeIn(worlds: number): (row: number) => string {
  return (row) =>
    row < 0 ? "their sum overflows" : `first in step ${Math.floor(row / worlds)} of world ${row % worlds}`;
}

function firstBad(values: ArrayLike<number>): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

function largest(names: readonly string[], values: (name: string) => Numbers): { name: string; value: number } {
  let found = { name: "", value: -1 };
  for (const name of names) {
    for (const value of values(name)) if (Math.abs(value) > found.value) found = { name, value: Math.abs(value) };
  }
  return found;
}

/** `row 17, column 3`, counted from 0; a vector has rows only. */
function place(shape: readonly number[], index: number): string {
  const width = shape.slice(1).reduce((product, extent) => product * extent, 1);
  const row = `row ${Math.floor(index / width)}`;
  return shape.length === 1 ? row : `${row}, column ${index % width}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
