import { Button, Group, Tooltip } from "@mantine/core";
import { IconFolderOpen, IconPlayerPause, IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { RunDetail, RunSummary } from "../../preload/contract.ts";
import { formatCount, formatDuration, formatParameter, formatValue } from "../model/format.ts";
import { type ParameterRow, parameterGroups } from "../model/parameters.ts";
import { canPause, canResume, canStop, progress, runLabel, secondsLeft, stateLabels } from "../model/runs.ts";
import { Ago } from "../parts/ago.tsx";
import { CopyButton } from "../parts/copy-button.tsx";
import { SourceMark } from "../parts/source-mark.tsx";
import { StatusIcon } from "../parts/status-icon.tsx";
import { commandRun } from "../state/actions.ts";
import { bridge, useSession } from "../state/session.ts";
import { CheckpointList } from "./checkpoints.tsx";
import { LogTail } from "./log-tail.tsx";

/** Everything about the run that was selected last. */
export function Inspector() {
  const active = useSession((state) => state.selection.active);
  const run = useSession((state) => state.runs.find((each) => each.id === active));
  const detail = useSession((state) => (active === undefined ? undefined : state.details.get(active)));
  if (run === undefined) return <p className="dim pad">Select a run to see what it is made of.</p>;
  return (
    <div className="inspector" data-run={run.id} data-state={run.state}>
      <h2 className="inspector-title">
        <StatusIcon state={run.state} progress={progress(run)} />
        <span className="ellipsis" title={`${runLabel(run)}\n${run.id}`}>
          {runLabel(run)}
        </span>
        <CopyButton text={run.id} what="the run's id" />
      </h2>
      <Commands run={run} folder={detail?.folder} />
      {run.error === null ? null : (
        <div className="notice notice-error" role="alert">
          <span>{[run.error.message, run.error.hint].filter((part) => part !== "").join(" ")}</span>
        </div>
      )}
      <Summary run={run} />
      {detail === undefined ? null : <Details run={run} detail={detail} />}
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
          onClick={() => folder !== undefined && void bridge.showFolder(folder)}
        >
          Show folder
        </Button>
      </Tooltip>
    </Group>
  );
}

function Summary({ run }: { readonly run: RunSummary }) {
  const left = secondsLeft(run);
  const facts: [string, ReactNode][] = [
    ["State", `${stateLabels[run.state]}${run.attempt > 1 ? `, attempt ${run.attempt}` : ""}`],
    ["Steps", `${formatCount(run.step)} of ${formatCount(run.steps)} (${Math.floor(progress(run) * 100)}%)`],
    ...(left === undefined ? [] : ([["Time left", formatDuration(left)]] satisfies [string, ReactNode][])),
    ["Running time", formatDuration(run.wallSeconds)],
    ...(run.stepsPerSecond > 0
      ? ([["Speed", `${formatCount(run.stepsPerSecond)} steps/s`]] satisfies [string, ReactNode][])
      : []),
    ["Last evaluation", run.reward === null ? "none yet" : `reward ${formatValue(run.reward)}`],
    ["Run", run.id],
    ["Scenario", run.scenario],
    ["Learner", run.learner],
    ["Preset", run.preset],
    ["Seed", String(run.seed)],
    ["Created", <Ago key="created" time={run.createdAt} />],
    ...(run.parent === null ? [] : ([["Forked from", run.parent]] satisfies [string, ReactNode][])),
    ...(run.marks.length === 0 ? [] : ([["Marks", run.marks.join(", ")]] satisfies [string, ReactNode][])),
  ];
  return <Facts facts={facts} />;
}

function Facts({ facts }: { readonly facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd title={typeof value === "string" ? value : undefined}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Details({ run, detail }: { readonly run: RunSummary; readonly detail: RunDetail }) {
  return (
    <>
      <Section title={`Checkpoints (${detail.checkpoints.length})`} open>
        <CheckpointList checkpoints={detail.checkpoints} />
      </Section>
      <Section title="Parameters" open>
        <Parameters rows={detail.parameters} />
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

interface SectionProps {
  readonly title: string;
  readonly open?: boolean;
  readonly children: ReactNode;
}

function Section({ title, open = false, children }: SectionProps) {
  return (
    <details className="section" open={open}>
      <summary>{title}</summary>
      {children}
    </details>
  );
}

function Parameters({ rows }: { readonly rows: readonly ParameterRow[] }) {
  return (
    <table className="parameters">
      <thead className="visually-hidden">
        <tr>
          <th scope="col">Parameter</th>
          <th scope="col">Value</th>
          <th scope="col">Source</th>
        </tr>
      </thead>
      {parameterGroups(rows).map(({ title, rows: members }) => (
        <tbody key={title}>
          <tr>
            <th colSpan={3} scope="rowgroup">
              {title}
            </th>
          </tr>
          {members.map((row) => (
            <tr key={row.key} data-changed={row.value !== row.default}>
              <td title={`${row.title} (${row.key})`}>{row.title}</td>
              <td
                className="number"
                title={row.value === row.default ? undefined : `default ${formatParameter(row.default)}`}
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
