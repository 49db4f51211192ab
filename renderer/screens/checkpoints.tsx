import { ActionIcon, Button, Menu, Tooltip } from "@mantine/core";
import { IconDots, IconPinned, IconPlayerPlay } from "@tabler/icons-react";
import { memo } from "react";
import type { CheckpointSummary, EvaluationResult, ItemRef } from "../../preload/contract.ts";
import { formatBytes, formatCount, formatSpread, formatValue } from "../model/format.ts";
import { metricName } from "../model/metrics.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { evaluateCheckpoint } from "../state/actions.ts";
import { changeItems, describe, trash } from "../state/desk-actions.ts";
import { openCheckpoint } from "../state/desk-view.ts";
import { type Evaluation, useSession } from "../state/session.ts";
import { openStartFrom } from "../state/start-form.ts";
import { openReplay } from "../state/world.ts";

interface CheckpointListProps {
  readonly checkpoints: readonly CheckpointSummary[];
  /** Whether the run can still write one. */
  readonly more?: boolean;
}

/** Checkpoints with the newest first; each can be evaluated, which happens in a process of its own. */
export const CheckpointList = memo(function CheckpointList({ checkpoints, more = false }: CheckpointListProps) {
  if (checkpoints.length === 0)
    return (
      <p className="dim pad-small">
        {more
          ? "None yet: the first comes with the first evaluation."
          : "None: the run ended without one that is kept."}
      </p>
    );
  const newestFirst = [...checkpoints].sort((a, b) => b.step - a.step);
  return (
    <ul className="checkpoints">
      {newestFirst.map((checkpoint) => (
        <Checkpoint key={checkpoint.id} checkpoint={checkpoint} />
      ))}
    </ul>
  );
});

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
        <span className="checkpoint-marks" title={checkpoint.label}>
          {[checkpoint.label, ...marks].filter((mark) => mark !== "").join(", ")}
        </span>
        {checkpoint.pinned ? <IconPinned size={14} className="tree-icon" aria-label="Pinned" /> : null}
        <span className="checkpoint-reward" title="Reward of the evaluation when it was written">
          {checkpoint.reward === null ? "" : formatValue(checkpoint.reward)}
        </span>
        <CopyButton text={checkpoint.id} what={`the id ${checkpoint.id}`} />
        <Tooltip label="Replay in the world's picture">
          <ActionIcon
            variant="subtle"
            color="gray"
            size={22}
            aria-label={`Replay ${checkpoint.id}`}
            onClick={() => openReplay(checkpoint.id)}
          >
            <IconPlayerPlay size={14} />
          </ActionIcon>
        </Tooltip>
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
        <CheckpointMenu checkpoint={checkpoint} />
      </div>
      {evaluation === undefined ? null : <EvaluationView evaluation={evaluation} />}
    </li>
  );
}

function CheckpointMenu({ checkpoint: { id, pinned } }: { readonly checkpoint: CheckpointSummary }) {
  const item: ItemRef = { kind: "checkpoint", id };
  return (
    <Menu position="bottom-end" width={160} transitionProps={{ duration: 0 }}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={22} aria-label={`More for ${id}`}>
          <IconDots size={14} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void openStartFrom({ fork: id })}>Fork</Menu.Item>
        <Menu.Item
          onClick={() =>
            void changeItems([item], { pinned: !pinned }, `${pinned ? "Let go" : "Pinned"} ${describe([item])}`)
          }
        >
          {pinned ? "Let go" : "Pin"}
        </Menu.Item>
        <Menu.Item onClick={() => openCheckpoint(id, true)}>Rename</Menu.Item>
        <Menu.Item onClick={() => openCheckpoint(id, false)}>Tags and notes</Menu.Item>
        <Menu.Item className="danger" onClick={() => void trash([item])}>
          Put into the trash
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
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
