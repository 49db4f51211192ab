/** The order in which waiting runs start, as pure functions. */
import type { Priority } from "../../preload/contract.ts";

const ranks: Readonly<Record<Priority, number>> = { high: 0, normal: 1, low: 2 };

export type Move = "first" | "earlier" | "later" | "last";

/** Higher priorities first; within one, the order stays. */
export function byPriority(waiting: readonly string[], priority: (run: string) => Priority): string[] {
  return [...waiting].sort((a, b) => ranks[priority(a)] - ranks[priority(b)]);
}

/**
 * Moves some of the waiting runs among those of their priority; they keep the order that they have.
 * @param waiting in the order of starting
 */
export function moveRuns(
  waiting: readonly string[],
  moved: ReadonlySet<string>,
  to: Move,
  priority: (run: string) => Priority,
): string[] {
  return (["high", "normal", "low"] as const).flatMap((level) => {
    const same = waiting.filter((run) => priority(run) === level);
    if (to === "earlier") return swap(same, moved);
    if (to === "later") return swap(same.reverse(), moved).reverse();
    const chosen = same.filter((run) => moved.has(run));
    const others = same.filter((run) => !moved.has(run));
    return to === "first" ? [...chosen, ...others] : [...others, ...chosen];
  });
}

/** Each moved run changes places with the one before it, unless that one is moved as well. */
function swap(runs: readonly string[], moved: ReadonlySet<string>): string[] {
  const result = [...runs];
  for (let i = 1; i < result.length; i++) {
    const run = result[i] as string;
    const before = result[i - 1] as string;
    if (!moved.has(run) || moved.has(before)) continue;
    result[i - 1] = run;
    result[i] = before;
  }
  return result;
}
