import { Button, Checkbox, Group } from "@mantine/core";
import { useEffect, useMemo, useState } from "react";
import type { RunDetail } from "../../../preload/contract.ts";
import { type ComparedRow, compareRuns, comparisonText, formatCompared } from "../../model/overview/differences.ts";
import { runLabel } from "../../model/runs.ts";
import { SourceMark } from "../../parts/source-mark.tsx";
import { wantDetails } from "../../state/feed.ts";
import { bridge, useSession } from "../../state/session.ts";

/** More columns cannot be read. */
const mostColumns = 12;

/** Parameters and environments of runs side by side. */
export function Comparison({ ids }: { readonly ids: readonly string[] }) {
  const shown = useMemo(() => ids.slice(0, mostColumns), [ids]);
  const details = useDetails(shown);
  const [everything, setEverything] = useState(false);
  const comparison = useMemo(() => (details === undefined ? undefined : compareRuns(details)), [details]);
  if (details === undefined || comparison === undefined) return <p className="dim">Reading the runs.</p>;
  const names = details.map(({ summary }) => runLabel(summary));
  const visible = (rows: readonly ComparedRow[]) => (everything ? rows : rows.filter(({ differs }) => differs));
  const parameters = visible(comparison.parameters);
  const environment = visible(comparison.environment);
  const copy = (form: "markdown" | "tsv") => () =>
    void bridge.copyText(comparisonText(names, [...parameters, ...environment], form));
  return (
    <div className="comparison">
      <Group gap={8} className="comparison-tools">
        <Checkbox
          size="xs"
          label="Also what is equal"
          checked={everything}
          onChange={(event) => setEverything(event.currentTarget.checked)}
        />
        {ids.length > mostColumns ? (
          <span className="dim">
            The first {mostColumns} of {ids.length} runs.
          </span>
        ) : null}
        <span className="spacer" />
        <Button size="compact-xs" variant="default" onClick={copy("markdown")}>
          Copy as Markdown
        </Button>
        <Button size="compact-xs" variant="default" onClick={copy("tsv")}>
          Copy as TSV
        </Button>
      </Group>
      <div className="table-scroll">
        <table className="compared">
          <thead>
            <tr>
              <th scope="col">Parameter</th>
              {details.map(({ summary }) => (
                <th key={summary.id} scope="col" title={summary.id}>
                  {runLabel(summary)}
                </th>
              ))}
              <th scope="col">Source</th>
            </tr>
          </thead>
          <Rows title="Parameters" rows={parameters} all={comparison.parameters} columns={names.length + 2} />
          <Rows title="Environment" rows={environment} all={comparison.environment} columns={names.length + 2} />
        </table>
      </div>
    </div>
  );
}

interface RowsProps {
  readonly title: string;
  readonly rows: readonly ComparedRow[];
  readonly all: readonly ComparedRow[];
  readonly columns: number;
}

function Rows({ title, rows, all, columns }: RowsProps) {
  const different = all.filter(({ differs }) => differs).length;
  return (
    <tbody data-rows={title.toLowerCase()}>
      <tr>
        <th colSpan={columns} scope="rowgroup" className="compared-group">
          {title} <span className="dim">{`${different} of ${all.length} differ`}</span>
        </th>
      </tr>
      {rows.map((row) => (
        <tr key={row.key} data-differs={row.differs} data-key={row.key}>
          <th scope="row" title={row.key}>
            {row.title}
            {row.unit === "" ? null : <span className="unit"> {row.unit}</span>}
          </th>
          {row.values.map((value, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: one cell a run, in a fixed order
            <td key={i} className={value === undefined ? "dim" : ""}>
              {formatCompared(value)}
            </td>
          ))}
          <td>{row.source === undefined ? null : <SourceMark {...row.source} />}</td>
        </tr>
      ))}
    </tbody>
  );
}

/** The runs' details, as they are now; undefined until all are there. */
function useDetails(ids: readonly string[]): readonly RunDetail[] | undefined {
  const details = useSession((state) => state.details);
  useEffect(() => wantDetails(ids), [ids]);
  return useMemo(() => {
    const found = ids.flatMap((id) => details.get(id) ?? []);
    return found.length === ids.length ? found : undefined;
  }, [ids, details]);
}
