/** Forks as a tree: a family's runs in lanes along the environment steps. */
import type { RunSummary } from "../../../preload/contract.ts";
import { checkpointPlace } from "../seed-groups.ts";

export interface Lane {
  readonly run: RunSummary;
  /** Lane of the parent; undefined for the first ancestor, and where the parent is gone. */
  readonly parent: number | undefined;
  /** Generations from the first ancestor. */
  readonly depth: number;
  /** Steps at which it begins: its fork's, or 0. */
  readonly from: number;
  /** Steps that it has reached and plans to. */
  readonly to: number;
  readonly planned: number;
}

/** The family of a run: from its first known ancestor, every descendant below its parent, earliest fork first. */
export function familyOf(runs: readonly RunSummary[], member: string): Lane[] {
  const byId = new Map(runs.map((run) => [run.id, run]));
  const forkOf = (run: RunSummary) => (run.parent === null ? undefined : checkpointPlace(run.parent));
  const children = new Map<string, RunSummary[]>();
  for (const run of runs) {
    const parent = forkOf(run)?.run;
    if (parent === undefined || !byId.has(parent)) continue;
    children.set(parent, [...(children.get(parent) ?? []), run]);
  }
  let root = byId.get(member);
  if (root === undefined) return [];
  const seen = new Set<string>();
  for (;;) {
    seen.add(root.id);
    const parent: RunSummary | undefined = byId.get(forkOf(root)?.run ?? "");
    // A run cannot be its own ancestor; a damaged folder may say so.
    if (parent === undefined || seen.has(parent.id)) break;
    root = parent;
  }
  const lanes: Lane[] = [];
  const placed = new Set<string>();
  const add = (run: RunSummary, parent: number | undefined, depth: number): void => {
    if (placed.has(run.id)) return;
    placed.add(run.id);
    const from = forkOf(run)?.step ?? 0;
    const lane = lanes.length;
    lanes.push({
      run,
      parent,
      depth,
      from,
      to: Math.max(from, run.step),
      planned: Math.max(from, run.steps),
    });
    const forks = [...(children.get(run.id) ?? [])].sort(
      (a, b) => (forkOf(a)?.step ?? 0) - (forkOf(b)?.step ?? 0) || a.createdAt - b.createdAt,
    );
    for (const fork of forks) add(fork, lane, depth + 1);
  };
  add(root, undefined, 0);
  return lanes;
}

/** Where an arrow key leads in the tree: the lane above or below, the parent, the first fork. */
export function laneByKey(lanes: readonly Lane[], at: number, key: string): number | undefined {
  const last = lanes.length - 1;
  const moves: Readonly<Record<string, number | undefined>> = {
    ArrowDown: Math.min(last, at + 1),
    ArrowUp: Math.max(0, at - 1),
    ArrowLeft: lanes[at]?.parent ?? at,
    ArrowRight: lanes[at + 1]?.parent === at ? at + 1 : at,
    Home: 0,
    End: last,
  };
  return moves[key];
}

export interface BranchPoints {
  readonly steps: Float64Array;
  readonly values: Float64Array;
}

/**
 * A fork's curve led out of its parent's: the parent's value at the fork's step comes first, taken from the line through
 * the points on both sides. Unchanged where the parent has none there.
 */
export function ledByParent(own: BranchPoints, parent: BranchPoints, forkStep: number): BranchPoints {
  const value = valueAt(parent, forkStep);
  if (value === undefined || (own.steps[0] ?? Number.POSITIVE_INFINITY) <= forkStep) return own;
  return { steps: Float64Array.of(forkStep, ...own.steps), values: Float64Array.of(value, ...own.values) };
}

function valueAt({ steps, values }: BranchPoints, step: number): number | undefined {
  const after = steps.findIndex((each) => each >= step);
  if (after === -1) {
    // The parent evaluated for the last time before the fork: its line ends there.
    return values.at(-1);
  }
  if (steps[after] === step || after === 0) return steps[after] === step ? values[after] : undefined;
  const share = (step - steps[after - 1]!) / (steps[after]! - steps[after - 1]!);
  return values[after - 1]! + share * (values[after]! - values[after - 1]!);
}
