import { useEffect, useMemo, useState } from "react";
import { type ImportanceReport, importance, type ParameterImportance } from "../../../lab/stats/importance.ts";
import type { MetricName } from "../../model/metrics.ts";
import { formatImportanceP, importanceCaption, importanceVerdict } from "../../model/overview/importance-words.ts";
import { Section } from "./section.tsx";
import type { Sweep } from "./use-sweep.ts";

/** What each parameter explains of the metric, and whether that could be chance. */
export function Importance({ sweep }: { readonly sweep: Sweep }) {
  const report = useImportance(sweep);
  return (
    <Section title="Importance of each parameter" name="importance">
      {report === undefined ? (
        <p className="dim">
          {sweep.counts.used === 0 ? "No run has finished with this metric yet." : "Shuffling the runs."}
        </p>
      ) : (
        <Report report={report} sweep={sweep} metric={sweep.metric} />
      )}
    </Section>
  );
}

interface ReportProps {
  readonly report: ImportanceReport;
  readonly sweep: Sweep;
  readonly metric: MetricName;
}

function Report({ report, sweep, metric }: ReportProps) {
  const titles = new Map(sweep.varied.map(({ key, title }) => [key, title]));
  const sorted = [...report.parameters].sort((a, b) => b.share - a.share);
  return (
    <>
      <table className="importance">
        <thead>
          <tr>
            <th scope="col">Parameter</th>
            <th scope="col">Share of the variance</th>
            <th scope="col" className="number" title="Permutation test, Holm over the parameters">
              p
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((each) => (
            <Row key={each.key} each={each} title={titles.get(each.key) ?? each.key} runs={report.runs} />
          ))}
          {report.method === "grid" && sweep.varied.length > 1 ? (
            <tr>
              <td className="dim">Together only</td>
              <td>
                <Bar share={report.interactions} />
              </td>
              <td />
            </tr>
          ) : null}
        </tbody>
      </table>
      <p className="dim overview-caption">{importanceCaption(report, metric.title)}</p>
    </>
  );
}

function Row({
  each,
  title,
  runs,
}: {
  readonly each: ParameterImportance;
  readonly title: string;
  readonly runs: number;
}) {
  return (
    <tr data-parameter={each.key} data-share={each.share} data-p={each.pAdjusted}>
      <th scope="row" className="ellipsis" title={title}>
        {title}
      </th>
      <td>
        <Bar share={each.share} />
        <div className="importance-verdict">{importanceVerdict(each, runs)}</div>
      </td>
      <td className="number">{formatImportanceP(each.pAdjusted)}</td>
    </tr>
  );
}

function Bar({ share }: { readonly share: number }) {
  return (
    <div className="importance-bar">
      <span style={{ width: `${share * 100}%` }} />
      <span>{Math.round(share * 100)}%</span>
    </div>
  );
}

/** Permutations take a moment with many runs: the rest of the screen is drawn first. */
function useImportance(sweep: Sweep): ImportanceReport | undefined {
  const { cells, varied, values } = sweep;
  const used = useMemo(() => cells.flatMap((cell) => cell.runs), [cells]);
  const [report, setReport] = useState<ImportanceReport>();
  const key = used.map(({ run }) => `${run.id} ${values.values.get(run.id)}`).join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for the runs and their values
  useEffect(() => {
    if (used.length === 0 || varied.length === 0) {
      setReport(undefined);
      return;
    }
    const timer = setTimeout(() => {
      const factors = varied.map(({ key: parameter }) => ({
        key: parameter,
        levels: used.map(({ parameters }) => parameters[parameter] ?? "not set"),
      }));
      setReport(
        importance(
          factors,
          used.map(({ run }) => values.values.get(run.id)!),
        ),
      );
    });
    return () => clearTimeout(timer);
  }, [key, varied.length]);
  return report;
}
