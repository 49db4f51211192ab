import { describe, expect, it } from "vitest";
import type { CheckpointSummary, ExperimentSummary, ParameterValues, ProjectSummary } from "../../preload/contract.ts";
import {
  experimentIsTrashed,
  experimentNote,
  type ProjectNode,
  projectNodes,
  runIsArchived,
  runIsTrashed,
  type TreeView,
  treeRows,
} from "../../renderer/model/tree.ts";
import { summary } from "./summary.ts";

const project = (id: string, createdAt: number, change: Partial<ProjectSummary> = {}): ProjectSummary => ({
  id,
  name: id,
  createdAt,
  tags: [],
  notes: "",
  archived: false,
  trashedAt: null,
  ...change,
});
const experiment = (
  id: string,
  createdAt: number,
  inProject: string,
  change: Partial<ExperimentSummary> = {},
): ExperimentSummary => ({ ...project(id, createdAt), project: inProject, ...change });
const byId = <T extends { readonly id: string }>(...list: readonly T[]) => new Map(list.map((each) => [each.id, each]));

const runs = [
  summary({ id: "a", experiment: "e1", createdAt: 1, seed: 1, step: 100 }),
  summary({ id: "b", experiment: "e1", createdAt: 2, seed: 2 }),
  summary({ id: "c", experiment: "e2", createdAt: 3, seed: 1 }),
];
const contents = {
  runs,
  projects: byId(project("p1", 1), project("p2", 2), project("empty", 3)),
  experiments: byId(experiment("e1", 1, "p1"), experiment("e2", 2, "p1"), experiment("e3", 3, "p2")),
  shows: () => true,
};
const view: TreeView = { toggled: new Set(), parameters: new Map(), checkpoints: new Map() };
const keys = (nodes: readonly ProjectNode[], change: Partial<TreeView> = {}) =>
  treeRows(nodes, { ...view, ...change }).map((row) => row.key);
const checkpoint = (run: string, step: number, change: Partial<CheckpointSummary> = {}): CheckpointSummary => ({
  id: `${run}:${step}`,
  run,
  step,
  iteration: 1,
  attempt: 1,
  bytes: 1,
  createdAt: 1,
  path: "",
  reward: null,
  isLast: false,
  isBest: false,
  pinned: false,
  label: "",
  tags: [],
  notes: "",
  trashedAt: null,
  sha256: "",
  ...change,
});

describe("the tree", () => {
  it("has projects in the order of creation, the newest experiment first, runs in order", () => {
    const rows = treeRows(projectNodes(contents, []), view);
    expect(rows.map(({ key, level, open }) => [key, level, open])).toEqual([
      ["project p1", 1, true],
      ["experiment e2", 2, true],
      ["run c", 3, undefined],
      ["experiment e1", 2, true],
      ["run a", 3, false],
      ["run b", 3, undefined],
      ["project p2", 1, true],
      ["experiment e3", 2, undefined],
      ["project empty", 1, undefined],
    ]);
  });

  it("hides what is in a closed row, and shows the checkpoints of an open run, the newest first", () => {
    const nodes = projectNodes(contents, []);
    expect(keys(nodes, { toggled: new Set(["project p1"]) })).toEqual([
      "project p1",
      "project p2",
      "experiment e3",
      "project empty",
    ]);
    const checkpoints = new Map([
      ["a", [checkpoint("a", 50), checkpoint("a", 100), checkpoint("a", 75, { trashedAt: 1 })]],
    ]);
    const open = keys(nodes, { toggled: new Set(["run a", "experiment e2"]), checkpoints });
    expect(open.slice(0, 6)).toEqual([
      "project p1",
      "experiment e2",
      "experiment e1",
      "run a",
      "checkpoint a:100",
      "checkpoint a:50",
    ]);
  });

  it("leaves out empty places that are not to be shown", () => {
    const nodes = projectNodes({ ...contents, shows: () => false }, []);
    expect(nodes.map((node) => node.project.id)).toEqual(["p1"]);
    expect(keys(nodes)).not.toContain("experiment e3");
  });

  it("has a place for a run whose experiment is not known yet", () => {
    const stray = summary({ id: "stray", experiment: "new", name: "New one", createdAt: 9 });
    const first = project("project-first", 0, { name: "First" });
    const nodes = projectNodes({ ...contents, runs: [stray], projects: byId(first), experiments: new Map() }, []);
    expect(nodes.map((node) => [node.project.name, node.experiments.map((each) => each.experiment.name)])).toEqual([
      ["First", ["New one"]],
    ]);
  });

  it("makes again only the rows of the experiment that changed", () => {
    const before = projectNodes(contents, []);
    const rows = treeRows(before, view);
    const now = projectNodes({ ...contents, runs: [runs[0]!, runs[1]!, { ...runs[2]!, step: 7 }] }, before);
    const again = treeRows(now, view);
    const same = again.filter((row) => rows.includes(row)).map((row) => row.key);
    expect(same).toEqual(["experiment e1", "run a", "run b", "experiment e3"]);
  });

  it("labels runs by the parameters that differ in their experiment", () => {
    const parameters = new Map<string, ParameterValues>([
      ["a", { users: 3, rate: 1 }],
      ["b", { users: 7, rate: 1 }],
    ]);
    const rows = treeRows(projectNodes(contents, []), { ...view, parameters });
    expect(rows.flatMap((row) => (row.kind === "run" ? [row.label] : []))).toEqual([
      "seed 1",
      "users 3, seed 1",
      "users 7, seed 2",
    ]);
  });

  it("makes few of 10,000 rows again when one run changes", () => {
    const many = Array.from({ length: 10_000 }, (_, index) =>
      summary({ id: `r${index}`, experiment: `e${index % 200}`, createdAt: index, seed: index }),
    );
    const experiments = byId(...Array.from({ length: 200 }, (_, index) => experiment(`e${index}`, index, "p1")));
    const first = projectNodes({ ...contents, runs: many, experiments }, []);
    const rows = treeRows(first, view);
    expect(rows.length).toBe(10_203);
    const changed = many.with(0, { ...many[0]!, step: 1 });
    const again = treeRows(projectNodes({ ...contents, runs: changed, experiments }, first), view);
    const before = new Set(rows);
    // The changed run's experiment with its 50 runs, and the three projects.
    expect(again.filter((row) => !before.has(row)).length).toBe(54);
  });
});

describe("trash and archive", () => {
  const trashed = { ...contents, projects: byId(project("p1", 1, { trashedAt: 5, archived: true }), project("p2", 2)) };

  it("hold what lies in them", () => {
    expect(runIsTrashed(runs[0]!, contents)).toBe(false);
    expect(runIsTrashed({ ...runs[0]!, trashedAt: 1 }, contents)).toBe(true);
    expect(runIsTrashed(runs[0]!, trashed)).toBe(true);
    expect(runIsArchived(runs[0]!, trashed)).toBe(true);
    expect(experimentIsTrashed(trashed.experiments.get("e3")!, trashed)).toBe(false);
    expect(experimentIsTrashed(experiment("x", 1, "p2", { trashedAt: 3 }), trashed)).toBe(true);
  });
});

describe("what an experiment says of itself", () => {
  const done = (id: string, reward: number | null) => summary({ id, state: "finished", reward });

  it("is how far it is and the time left while something works", () => {
    const open = [done("a", -1), summary({ id: "b", state: "running" }), summary({ id: "c" })];
    expect(experimentNote(open, 830, true)).toBe("1 of 3, 14 min left");
    expect(experimentNote(open, undefined, true)).toBe("1 of 3");
  });

  it("is the mean with its interval and n when all seeds of one cell are done", () => {
    expect(experimentNote([done("a", -99), done("b", -100), done("c", -101)], undefined, true)).toBe("−100 ± 2 (n 3)");
    expect(experimentNote([done("a", -99)], undefined, true)).toBe("−99.00 (n 1)");
  });

  it("is never a mean over runs that differ in more than their seed, or that did not finish", () => {
    expect(experimentNote([done("a", -99), done("b", -100)], undefined, false)).toBe("2 finished");
    expect(experimentNote([done("a", -99), summary({ id: "b", state: "failed", reward: -5 })], undefined, true)).toBe(
      "1 of 2 finished",
    );
    expect(experimentNote([], undefined, true)).toBe("empty");
  });
});
