import { memo } from "react";
import type { RunSummary, ScenarioSummary } from "../../../preload/contract.ts";
import { formatParameter } from "../../model/format.ts";
import { type ParameterRow, parameterGroups } from "../../model/parameters.ts";
import { SourceMark } from "../../parts/source-mark.tsx";
import { useSession } from "../../state/session.ts";

interface ParametersProps {
  readonly run: RunSummary;
  readonly rows: readonly ParameterRow[];
}

/** A run's parameters, which never change: first those that are not as its preset has them. */
export const Parameters = memo(RunParameters, (before, now) => before.run.id === now.run.id);

function RunParameters({ run, rows }: ParametersProps) {
  const scenario = useSession((state) => state.scenarios.find(({ id }) => id === run.scenario));
  const usual = presetValues(run, scenario);
  const isChanged = (row: ParameterRow) => row.value !== (usual[row.key] ?? row.default);
  const changed = rows.filter(isChanged);
  const groups = [
    ...(changed.length === 0 ? [] : [{ title: `Other than ${run.preset}`, rows: changed }]),
    ...parameterGroups(rows.filter((row) => !isChanged(row))),
  ];
  return (
    <table className="parameters">
      <thead className="visually-hidden">
        <tr>
          <th scope="col">Parameter</th>
          <th scope="col">Value</th>
          <th scope="col">Source</th>
        </tr>
      </thead>
      {groups.map(({ title, rows: members }) => (
        <tbody key={title}>
          <tr>
            <th colSpan={3} scope="rowgroup">
              {title}
            </th>
          </tr>
          {members.map((row) => (
            <tr key={row.key} data-changed={isChanged(row)}>
              <td title={`${row.title} (${row.key})`}>{row.title}</td>
              <td
                className="number"
                title={isChanged(row) ? `${run.preset}: ${formatParameter(usual[row.key] ?? row.default)}` : undefined}
              >
                {formatParameter(row.value)}
                {row.unit === "" ? null : <span className="unit"> {row.unit}</span>}
              </td>
              <td>
                <SourceMark source={row.source} reason={row.reason} />
              </td>
            </tr>
          ))}
        </tbody>
      ))}
    </table>
  );
}

function presetValues(run: RunSummary, scenario: ScenarioSummary | undefined) {
  const preset = scenario?.presets[run.preset];
  return { ...preset?.set, ...preset?.learners[run.learner] };
}
