import { Button, Tooltip } from "@mantine/core";
import type { CheckpointSummary, EvaluationResult } from "../../preload/contract.ts";
import { formatBytes, formatCount, formatSpread, formatValue } from "../model/format.ts";
import { metricName } from "../model/metrics.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { evaluateCheckpoint } from "../state/actions.ts";
import { type Evaluation, useSession } from "../state/session.ts";

/** Checkpoints with the newest first; each can be evaluated, which happens in a process of its own. */
export function CheckpointList({ checkpoints }: { readonly checkpoints: readonly CheckpointSummary[] }) {
  if (checkpoints.length === 0)
    return <p className="dim pad-small">None yet: the first comes with the first evaluation.</p>;
  const newestFirst = [...checkpoints].sort((a, b) => b.step - a.step);
  return (
    <ul className="checkpoints">
      {newestFirst.map((checkpoint) => (
        <Checkpoint key={checkpoint.id} checkpoint={checkpoint} />
      ))}
    </ul>
  );
}

function Checkpoint({ checkpoint }: { readonly checkpoint: CheckpointSummary }) {
  const evaluation = useSession((state) => state.evaluations.get(checkpoint.id));
  const marks = [checkpoint.isBest ? "best" : undefined, checkpoint.isLast ? "last" : undefined].filter(
    (mark) => mark !== undefined,
  );
  return (
    <li data-checkpoint={checkpoint.id}>
      <div className="checkpoint-line">
        <span
          className="checkpoint-step"
          title={`${checkpoint.id}, ${formatBytes(checkpoint.bytes)}, SHA-256 ${checkpoint.sha256}`}
        >
          {formatCount(checkpoint.step)}
        </span>
        <span className="checkpoint-marks">{marks.join(", ")}</span>
        <span className="checkpoint-reward" title="Reward of the evaluation when it was written">
          {checkpoint.reward === null ? "" : formatValue(checkpoint.reward)}
        </span>
        <CopyButton text={checkpoint.id} what={`the id ${checkpoint.id}`} />
        <Tooltip position="left" label="Play 100 episodes with the most likely actions, on world seeds 1000 to 1099">
          <Button
            size="compact-xs"
            variant="default"
            disabled={evaluation?.state === "running"}
            onClick={() => void evaluateCheckpoint(checkpoint.id)}
          >
            Evaluate
          </Button>
        </Tooltip>
      </div>
      {evaluation === undefined ? null : <EvaluationView evaluation={evaluation} />}
    </li>
  );
}

function EvaluationView({ evaluation }: { readonly evaluation: Evaluation }) {
  switch (evaluation.state) {
    case "running":
      return (
        <p className="dim pad-small" role="status">
          Evaluating: {evaluation.done} of {evaluation.total} episodes
        </p>
      );
    case "failed":
      return (
        <p className="notice notice-error" role="alert">
          {[evaluation.error.message, evaluation.error.hint].filter((part) => part !== "").join(" ")}
        </p>
      );
    case "done":
      return <EvaluationTable result={evaluation.result} />;
  }
}

const arrows = { higher: " ↑", lower: " ↓", neither: "" } as const;

function EvaluationTable({ result }: { readonly result: EvaluationResult }) {
  const scenarios = useSession((state) => state.scenarios);
  return (
    <table className="evaluation" data-episodes={result.episodes}>
      <thead>
        <tr>
          <th scope="col">Metric</th>
          <th scope="col" className="number">
            Mean ± std
          </th>
          <th scope="col" className="number">
            n
          </th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(result.metrics).map(([id, { mean, std, n }]) => {
          const { title, unit, better } = metricName(id, scenarios);
          return (
            <tr key={id} data-metric={id}>
              <td title={id}>
                {title.replace(/, evaluation$/, "")}
                {arrows[better]}
                {unit === "" ? null : <span className="unit"> ({unit})</span>}
              </td>
              <td className="number" data-mean={mean}>
                {formatSpread(mean, std)}
              </td>
              <td className="number">{n}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
