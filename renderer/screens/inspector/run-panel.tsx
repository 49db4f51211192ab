import { Button, Group, Tooltip } from "@mantine/core";
import { IconFolderOpen, IconPlayerPause, IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useMemo } from "react";
import type { ItemRef, RunDetail, RunSummary } from "../../../preload/contract.ts";
import { formatBytes, formatCount, formatDuration, formatValue } from "../../model/format.ts";
import { canPause, canResume, canStop, progress, runLabel, secondsLeft, stateLabels } from "../../model/runs.ts";
import { Ago } from "../../parts/ago.tsx";
import { CopyButton } from "../../parts/copy-button.tsx";
import { StatusIcon } from "../../parts/status-icon.tsx";
import { commandRun } from "../../state/actions.ts";
import { useSession } from "../../state/session.ts";
import { showFolder } from "../../state/shell.ts";
import { CheckpointList } from "../checkpoints.tsx";
import { LogTail } from "../log-tail.tsx";
import { type Fact, Facts, Section } from "./facts.tsx";
import { ItemLink } from "./item-link.tsx";
import { Notes } from "./notes.tsx";
import { Parameters } from "./parameters.tsx";
import { Tags } from "./tags.tsx";

/** Everything about one run. */
export function RunPanel({ run }: { readonly run: RunSummary }) {
  const detail = useSession((state) => state.details.get(run.id));
  const item: ItemRef = { kind: "run", id: run.id };
  const title = run.label === "" ? runLabel(run) : run.label;
  return (
    <div className="inspector" data-run={run.id} data-state={run.state}>
      <h2 className="inspector-title">
        <StatusIcon state={run.state} progress={progress(run)} />
        <span className="ellipsis" title={`${title}\n${run.id}`}>
          {title}
        </span>
        <CopyButton text={run.id} what="the run's id" />
      </h2>
      <Commands run={run} folder={detail?.folder} />
      {run.error === null ? null : (
        <div className="notice notice-error" role="alert">
          <span>{[run.error.message, run.error.hint].filter((part) => part !== "").join(" ")}</span>
        </div>
      )}
      <Summary run={run} bytes={detail?.bytes} />
      <Tags key={`tags ${run.id}`} item={item} tags={run.tags} />
      {detail === undefined ? null : (
        <>
          <Notes key={`notes ${run.id}`} item={item} notes={detail.notes} />
          <Details run={run} detail={detail} />
        </>
      )}
    </div>
  );
}

function Commands({ run, folder }: { readonly run: RunSummary; readonly folder: string | undefined }) {
  const command = (name: "pause" | "resume" | "stop") => () => void commandRun(run.id, name);
  return (
    <Group gap={4} wrap="nowrap" className="commands">
      {canResume.has(run.state) ? (
        <Button size="compact-sm" leftSection={<IconPlayerPlay size={14} />} onClick={command("resume")}>
          Resume
        </Button>
      ) : (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconPlayerPause size={14} />}
          disabled={!canPause.has(run.state)}
          onClick={command("pause")}
        >
          Pause
        </Button>
      )}
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconPlayerStop size={14} />}
        disabled={!canStop.has(run.state)}
        onClick={command("stop")}
      >
        Stop
      </Button>
      <span className="spacer" />
      <Tooltip label={folder ?? "The run's folder"}>
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<IconFolderOpen size={14} />}
          disabled={folder === undefined}
          onClick={() => folder !== undefined && showFolder(folder)}
        >
          Show folder
        </Button>
      </Tooltip>
    </Group>
  );
}

function Summary({ run, bytes }: { readonly run: RunSummary; readonly bytes: number | undefined }) {
  const left = secondsLeft(run);
  const facts: Fact[] = [
    ["State", `${stateLabels[run.state]}${run.attempt > 1 ? `, attempt ${run.attempt}` : ""}`],
    ["Steps", `${formatCount(run.step)} of ${formatCount(run.steps)} (${Math.floor(progress(run) * 100)}%)`],
  ];
  if (left !== undefined) facts.push(["Time left", formatDuration(left)]);
  facts.push(["Running time", formatDuration(run.wallSeconds)]);
  if (run.stepsPerSecond > 0) facts.push(["Speed", `${formatCount(run.stepsPerSecond)} steps/s`]);
  facts.push(["Last evaluation", run.reward === null ? "none yet" : `reward ${formatValue(run.reward)}`]);
  if (bytes !== undefined) facts.push(["On the disk", formatBytes(bytes)]);
  if (run.label !== "") facts.push(["Experiment", runLabel(run)]);
  facts.push(
    ["Run", run.id],
    ["Scenario", run.scenario],
    ["Learner", run.learner],
    ["Preset", run.preset],
    ["Seed", String(run.seed)],
    ["Created", <Ago key="created" time={run.createdAt} />],
  );
  if (run.marks.length > 0) facts.push(["Marks", run.marks.join(", ")]);
  return <Facts facts={facts} />;
}

function Details({ run, detail }: { readonly run: RunSummary; readonly detail: RunDetail }) {
  const { checkpoints } = detail;
  const kept = useMemo(() => checkpoints.filter(({ trashedAt }) => trashedAt === null), [checkpoints]);
  return (
    <>
      <Lineage run={run} />
      <Section title={`Checkpoints (${kept.length})`} open>
        <CheckpointList checkpoints={kept} more={canStop.has(run.state) || canResume.has(run.state)} />
      </Section>
      <Section title="Parameters" open>
        <Parameters run={run} rows={detail.parameters} />
      </Section>
      <Section title="Log" open>
        <LogTail run={run} />
      </Section>
      <Section title="Environment">
        <Facts facts={Object.entries(detail.environment)} />
      </Section>
    </>
  );
}

/** What a run was forked from, and what was forked from it. */
function Lineage({ run }: { readonly run: RunSummary }) {
  const runs = useSession((state) => state.runs);
  const forks = useMemo(() => runs.filter(({ parent }) => parent?.startsWith(`${run.id}:`)), [runs, run.id]);
  if (run.parent === null && forks.length === 0) return null;
  return (
    <Section title="Lineage" open>
      {run.parent === null ? null : (
        <p className="lineage-line">
          Forked from <ItemLink item={{ kind: "run", id: run.parent.slice(0, run.parent.lastIndexOf(":")) }} /> at step{" "}
          {formatCount(Number(run.parent.slice(run.parent.lastIndexOf(":") + 1)))}
        </p>
      )}
      {forks.map((fork) => (
        <p key={fork.id} className="lineage-line">
          Fork at step {formatCount(Number(fork.parent?.slice(run.id.length + 1)))}:{" "}
          <ItemLink item={{ kind: "run", id: fork.id }} />
        </p>
      ))}
    </Section>
  );
}
