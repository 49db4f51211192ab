import { Button, Group } from "@mantine/core";
import { metricName } from "../../model/metrics.ts";
import { numberText } from "../../model/picture.ts";
import { isTraining } from "../../model/picture-runs.ts";
import { runLabel } from "../../model/runs.ts";
import { useSession } from "../../state/session.ts";
import { setMode, useWorld } from "../../state/world.ts";
import { replaySubject } from "./replay-form.tsx";

/** How the replayed episode ended. */
export function ReplayCaption() {
  const replay = useWorld((state) => (state.replay.state === "ready" ? state.replay.replay : undefined));
  const scenarios = useSession((state) => state.scenarios);
  if (replay === undefined) return null;
  const { policy, seed, metrics, picture } = replay;
  const said = Object.entries(metrics).map(([id, value]) => {
    const { title, unit } = metricName(id, scenarios);
    return `${title.replace(/, evaluation$/, "").toLowerCase()} ${numberText(value)}${unit === "" ? "" : ` ${unit}`}`;
  });
  return (
    <p className="world-caption">
      <strong>{policy}</strong>, world seed {seed}: {said.join(", ")}.{" "}
      <span className="dim">
        One frame is {picture.frame}. {picture.note}
      </span>
    </p>
  );
}

/** Why there is no picture, and what to do about it. */
export function NothingShown() {
  const mode = useWorld((state) => state.mode);
  return mode === "live" ? <NothingLive /> : <NothingReplayed />;
}

function NothingLive() {
  const run = useSession(({ runs, selection }) => runs.find(({ id }) => id === selection.active));
  const scenarios = useSession((state) => state.scenarios);
  const hasCheckpoint = useSession(({ details, selection }) => {
    const detail = details.get(selection.active ?? "");
    return detail !== undefined && detail.checkpoints.length > 0;
  });
  const picture = useWorld((state) => state.livePicture);
  const seed = useWorld((state) => state.seed);
  if (run === undefined) {
    return (
      <Empty title="No run is selected">
        <p>Select a run in the list to look into its world, or replay a built-in policy.</p>
        <Button variant="default" onClick={() => setMode("replay")}>
          Choose a policy
        </Button>
      </Empty>
    );
  }
  if (picture === null) {
    return (
      <Empty title="No picture">
        <p>The scenario {run.scenario} has no picture of its world. Its curves are under Curves.</p>
      </Empty>
    );
  }
  if (isTraining(run)) {
    return (
      <div className="plain-screen" role="status">
        <p>Waiting for the first frames of {runLabel(run)}</p>
      </div>
    );
  }
  const policy = scenarios.find(({ id }) => id === run.scenario)?.policies[0];
  return (
    <Empty title="This run is not training">
      <p>Its world moves while it trains. An episode of what it has learned can be replayed at any time.</p>
      <Group gap={8} justify="center">
        {hasCheckpoint ? (
          <Button onClick={() => replaySubject(`${run.id}:last`, seed)}>Replay its last checkpoint</Button>
        ) : null}
        {policy === undefined ? null : (
          <Button variant="default" onClick={() => replaySubject(`${run.scenario}/${policy}`, seed)}>
            Replay {policy}
          </Button>
        )}
      </Group>
    </Empty>
  );
}

function NothingReplayed() {
  const replay = useWorld((state) => state.replay);
  if (replay.state === "loading") {
    return (
      <div className="plain-screen" role="status">
        <p>Playing the episode</p>
      </div>
    );
  }
  if (replay.state === "failed") {
    const { code, message, hint } = replay.error;
    return (
      <div className="plain-screen" role="alert">
        <h2>{code === "picture-none" ? "No picture" : "Not replayed"}</h2>
        <p>{message}</p>
        {hint === "" ? null : <p className="dim">{hint}</p>}
      </div>
    );
  }
  return (
    <Empty title="Nothing replayed yet">
      <p>
        Choose a checkpoint or a built-in policy above: one whole episode is played and can be looked at step by step.
      </p>
    </Empty>
  );
}

function Empty({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  return (
    <div className="plain-screen">
      <h2>{title}</h2>
      {children}
    </div>
  );
}
