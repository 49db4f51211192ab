/** What a fork form asks for. */
import { cellAt, type DraftOrder } from "./draft.ts";
import type { FormValue } from "./form.ts";
import { formatCount } from "./format.ts";

/** Most forks that one form starts: each copies the checkpoint and is one call. */
export const mostForks = 100;

type Values = Readonly<Record<string, FormValue>>;

/** The changed values of each fork; one fork without any change goes on as the parent did. */
export function forkCalls({ changed, vary, cells }: DraftOrder, combine: "grid" | "list"): Record<string, FormValue>[] {
  const names = Object.keys(vary);
  return Array.from({ length: Math.min(cells, mostForks) }, (_, index) => {
    const cell = cellAt(vary, combine, index);
    return { ...changed, ...Object.fromEntries(names.map((name, column) => [name, cell[column] as FormValue])) };
  });
}

/** What is wrong with the steps of a fork from a checkpoint at `step`; undefined when nothing is. */
export function stepsProblem(base: Values, { changed, vary }: DraftOrder, step: number): string | undefined {
  const planned = vary.steps ?? [changed.steps ?? base.steps ?? 0];
  const short = planned.find((value) => typeof value === "number" && value <= step);
  if (short === undefined) return undefined;
  return `The checkpoint already has ${formatCount(step)} steps behind it: set more than that.`;
}
