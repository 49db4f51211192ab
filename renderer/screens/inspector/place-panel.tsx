import { IconFolder, IconStack2 } from "@tabler/icons-react";
import { useMemo } from "react";
import type { ExperimentSummary, ItemRef, ProjectSummary, RunSummary } from "../../../preload/contract.ts";
import { cells, cellValue, formatCellValue } from "../../model/cells.ts";
import { formatCount, formatDuration } from "../../model/format.ts";
import { stateLabels } from "../../model/runs.ts";
import { experimentIsTrashed, runIsTrashed } from "../../model/tree.ts";
import { Ago } from "../../parts/ago.tsx";
import { useDesk } from "../../state/desk.ts";
import { useSession } from "../../state/session.ts";
import { type Fact, Facts, Section } from "./facts.tsx";
import { ItemLink } from "./item-link.tsx";
import { Notes } from "./notes.tsx";
import { Tags } from "./tags.tsx";

interface PlacePanelProps {
  readonly kind: "project" | "experiment";
  readonly place: ProjectSummary | ExperimentSummary;
}

/** A project or an experiment: what is in it, and what was written about it. */
export function PlacePanel({ kind, place }: PlacePanelProps) {
  const all = useSession((state) => state.runs);
  const projects = useDesk((state) => state.projects);
  const experiments = useDesk((state) => state.experiments);
  const item: ItemRef = { kind, id: place.id };
  const runs = useMemo(() => {
    const places = { projects, experiments };
    const isIn = ({ experiment }: RunSummary) =>
      kind === "experiment" ? experiment === place.id : experiments.get(experiment)?.project === place.id;
    return all.filter((run) => isIn(run) && !runIsTrashed(run, places));
  }, [all, projects, experiments, kind, place.id]);
  const held = [...experiments.values()].filter(
    (each) => each.project === place.id && !experimentIsTrashed(each, { projects, experiments }),
  );
  const facts: Fact[] = [];
  if (kind === "project") facts.push(["Experiments", formatCount(held.length)]);
  else if ("project" in place)
    facts.push(["Project", <ItemLink key="project" item={{ kind: "project", id: place.project }} />]);
  facts.push(["Runs", runs.length === 0 ? "none yet" : stateCounts(runs)]);
  const seconds = runs.reduce((total, run) => total + run.wallSeconds, 0);
  if (seconds > 0) facts.push(["Running time", `${formatDuration(seconds)} in all`]);
  facts.push(["Created", <Ago key="created" time={place.createdAt} />]);
  if (place.archived) facts.push(["Archived", "yes"]);
  const Icon = kind === "project" ? IconFolder : IconStack2;
  return (
    <div className="inspector" data-place={place.id}>
      <h2 className="inspector-title">
        <Icon size={16} aria-hidden="true" />
        <span className="ellipsis" title={place.name}>
          {place.name}
        </span>
      </h2>
      <Facts facts={facts} />
      <Tags key={`tags ${place.id}`} item={item} tags={place.tags} />
      <Notes key={`notes ${place.id}`} item={item} notes={place.notes} />
      {kind === "experiment" && runs.length > 0 ? <Results runs={runs} /> : null}
      {kind === "project" && held.length > 0 ? (
        <Section title={`Experiments (${held.length})`} open>
          {held.slice(0, mostListed).map(({ id }) => (
            <p key={id} className="lineage-line">
              <ItemLink item={{ kind: "experiment", id }} />
            </p>
          ))}
          {held.length > mostListed ? (
            <p className="dim pad-small">{held.length - mostListed} more in the tree.</p>
          ) : null}
        </Section>
      ) : null}
    </div>
  );
}

const mostListed = 30;

/** `12 finished, 3 running` */
function stateCounts(runs: readonly RunSummary[]): string {
  const counts = new Map<string, number>();
  for (const { state } of runs) counts.set(state, (counts.get(state) ?? 0) + 1);
  const words = Object.entries(stateLabels).flatMap(([state, label]) => {
    const count = counts.get(state);
    return count === undefined ? [] : [`${formatCount(count)} ${label.toLowerCase()}`];
  });
  return words.join(", ");
}

/** The reward of each cell, with its interval and n. */
function Results({ runs }: { readonly runs: readonly RunSummary[] }) {
  const parameters = useDesk((state) => state.parameters);
  const list = useMemo(() => cells(runs, parameters), [runs, parameters]);
  return (
    <Section title="Results" open>
      <table className="evaluation">
        <thead>
          <tr>
            <th scope="col">Cell</th>
            <th scope="col" className="number">
              Reward ↑
            </th>
            <th scope="col" className="number">
              n
            </th>
          </tr>
        </thead>
        <tbody>
          {list.slice(0, mostListed).map((cell) => {
            const value = cellValue(cell.done.map((run) => run.reward));
            return (
              <tr key={cell.key}>
                <td>{cell.label.replaceAll(/(?<!,) /g, "\u00a0") || "All seeds"}</td>
                <td className="number">{value === undefined ? "" : formatCellValue(value)}</td>
                <td className="number">
                  {value?.n ?? 0}
                  {cell.done.length < cell.counted.length ? ` of ${cell.counted.length}` : ""}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p className="dim pad-small">
        Mean ± half of its 95% Student-t interval over finished runs, one a seed.
        {list.length > mostListed ? ` ${list.length - mostListed} more cells in the table.` : ""}
      </p>
    </Section>
  );
}
