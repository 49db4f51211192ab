/** What the palette finds beside commands: projects, experiments, runs and checkpoints, by name. */

import type { Findable } from "../../model/palette.ts";
import { progress, runLabel, stateLabels } from "../../model/runs.ts";
import { experimentIsTrashed, experimentOf, runIsTrashed } from "../../model/tree.ts";
import { setSelection } from "../../state/actions.ts";
import { desk } from "../../state/desk.ts";
import { reveal } from "../../state/desk-view.ts";
import { session } from "../../state/session.ts";

export interface Target extends Findable {
  readonly id: string;
  go(): void;
}

export function projectTargets(): Target[] {
  return [...desk.get().projects.values()]
    .filter((project) => project.trashedAt === null)
    .map((project) => ({
      id: `project ${project.id}`,
      title: project.name,
      note: "Project",
      keywords: project.tags,
      go: () => session.set({ focus: { kind: "project", id: project.id } }),
    }));
}

export function experimentTargets(): Target[] {
  const places = desk.get();
  return [...places.experiments.values()]
    .filter((experiment) => !experimentIsTrashed(experiment, places))
    .map((experiment) => ({
      id: `experiment ${experiment.id}`,
      title: experiment.name,
      note: `Experiment in ${places.projects.get(experiment.project)?.name ?? "no project"}`,
      keywords: experiment.tags,
      go: () => {
        const runs = session.get().runs.filter((run) => run.experiment === experiment.id);
        const selected = runs.map((run) => run.id);
        const focus = { kind: "experiment", id: experiment.id } as const;
        setSelection({ selected, active: selected[0], anchor: selected[0] }, focus);
        reveal(focus);
      },
    }));
}

export function runTargets(): Target[] {
  const places = desk.get();
  return session
    .get()
    .runs.filter((run) => !runIsTrashed(run, places))
    .map((run) => ({
      id: `run ${run.id}`,
      title: run.label === "" ? runLabel(run) : run.label,
      note: `${stateLabels[run.state]}, ${experimentOf(run, places).name}`,
      keywords: [run.id, run.scenario, run.learner, ...run.tags],
      go: () => goToRun(run.id),
    }));
}

/** The last and the best checkpoint of the active run. */
export function checkpointTargets(): Target[] {
  const { selection, details, runs } = session.get();
  const detail = selection.active === undefined ? undefined : details.get(selection.active);
  const run = runs.find(({ id }) => id === selection.active);
  if (detail === undefined || run === undefined) return [];
  return detail.checkpoints.flatMap((checkpoint) => {
    const which = [checkpoint.isLast ? "last" : "", checkpoint.isBest ? "best" : ""].filter((word) => word !== "");
    if (which.length === 0 || checkpoint.trashedAt !== null) return [];
    return [
      {
        id: `checkpoint ${checkpoint.id}`,
        title: `${which.join(" and ")} checkpoint`.replace(/^./, (letter) => letter.toUpperCase()),
        note: `Step ${checkpoint.step.toLocaleString("en")} of ${runLabel(run)}, ${Math.round(100 * progress(run))}% done`,
        keywords: [checkpoint.id, checkpoint.label, ...checkpoint.tags],
        go: () => {
          const focus = { kind: "checkpoint", id: checkpoint.id } as const;
          setSelection({ selected: [run.id], active: run.id, anchor: run.id }, focus);
          reveal(focus);
        },
      },
    ];
  });
}

function goToRun(id: string): void {
  const focus = { kind: "run", id } as const;
  setSelection({ selected: [id], active: id, anchor: id }, focus);
  reveal(focus);
}
