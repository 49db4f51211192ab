import type { CheckpointSummary, ParameterValue, RunSummary, ScenarioSummary } from "../../preload/contract.ts";
import { formatCount } from "./format.ts";

/** Does the run's world move now? */
export function isTraining({ state }: Pick<RunSummary, "state">): boolean {
  return state === "running" || state === "pausing";
}

export interface SubjectGroup {
  readonly group: string;
  readonly items: { readonly value: string; readonly label: string }[];
}

/** What can be replayed beside a run: its checkpoints, the newest first, and the policies of its scenario. */
export function subjectsFor(
  scenario: ScenarioSummary | undefined,
  checkpoints: readonly CheckpointSummary[],
  chosen: string,
): SubjectGroup[] {
  const groups: SubjectGroup[] = [];
  const kept = checkpoints.filter(({ trashedAt }) => trashedAt === null).sort((a, b) => b.step - a.step);
  if (kept.length > 0) {
    groups.push({
      group: "Checkpoints of the run",
      items: kept.map(({ id, step, isBest, isLast, label }) => {
        const marks = [label, isBest ? "best" : "", isLast ? "last" : ""].filter((mark) => mark !== "");
        return { value: id, label: `Step ${formatCount(step)}${marks.length === 0 ? "" : `, ${marks.join(", ")}`}` };
      }),
    });
  }
  if (scenario !== undefined) {
    const items = scenario.policies.map((policy) => ({ value: `${scenario.id}/${policy}`, label: policy }));
    groups.push({ group: "Built-in policies", items });
  }
  if (chosen !== "" && !groups.some(({ items }) => items.some(({ value }) => value === chosen))) {
    groups.unshift({ group: "Chosen elsewhere", items: [{ value: chosen, label: chosen }] });
  }
  return groups;
}

/** The parameters of a run that describe its world, so that a built-in policy meets the same one. */
export function worldParameters(
  scenario: ScenarioSummary | undefined,
  parameters: readonly { readonly key: string; readonly value: ParameterValue }[],
): Record<string, ParameterValue> {
  const known = (scenario?.parameters.properties ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    parameters.filter(({ key }) => Object.hasOwn(known, key)).map(({ key, value }) => [key, value]),
  );
}
