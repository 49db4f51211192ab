import { Button, NumberInput, Select } from "@mantine/core";
import { useMemo } from "react";
import type { CheckpointSummary } from "../../../preload/contract.ts";
import { subjectsFor, worldParameters } from "../../model/picture-runs.ts";
import { session, useSession } from "../../state/session.ts";
import { openReplay, useWorld, world } from "../../state/world.ts";

const none: readonly CheckpointSummary[] = [];

/** Which policy plays, and in which world. */
export function ReplayForm() {
  const subject = useWorld((state) => state.subject);
  const seed = useWorld((state) => state.seed);
  const loading = useWorld((state) => state.replay.state === "loading");
  const run = useSession(({ runs, selection }) => runs.find(({ id }) => id === selection.active));
  const checkpoints = useSession(({ details, selection }) => details.get(selection.active ?? "")?.checkpoints) ?? none;
  const scenarios = useSession((state) => state.scenarios);
  const scenario = scenarios.find(({ id }) => id === run?.scenario) ?? scenarios[0];
  const data = useMemo(() => subjectsFor(scenario, checkpoints, subject), [scenario, checkpoints, subject]);
  return (
    <form
      className="replay-form"
      aria-label="Replay"
      onSubmit={(event) => {
        event.preventDefault();
        replaySubject(subject, seed);
      }}
    >
      <Select
        size="xs"
        className="replay-subject"
        aria-label="Checkpoint or policy"
        placeholder="Checkpoint or policy"
        searchable
        data={data}
        value={subject === "" ? null : subject}
        onChange={(value) => value !== null && replaySubject(value, seed)}
      />
      <div className="replay-seed">
        <label htmlFor="replay-seed">World seed</label>
        <NumberInput
          id="replay-seed"
          size="xs"
          min={0}
          max={Number.MAX_SAFE_INTEGER}
          allowDecimal={false}
          allowNegative={false}
          value={seed}
          onChange={(value) => typeof value === "number" && world.set({ seed: value })}
        />
      </div>
      <Button size="xs" type="submit" loading={loading} disabled={subject === ""}>
        Replay
      </Button>
    </form>
  );
}

/** Replays a built-in policy in the world of the active run, a checkpoint in its own. */
export function replaySubject(subject: string, seed: number): void {
  if (subject === "") return;
  const { runs, selection, scenarios, details } = session.get();
  const run = runs.find(({ id }) => id === selection.active);
  const scenario = scenarios.find(({ id }) => id === run?.scenario);
  const isPolicy = scenario !== undefined && subject.startsWith(`${scenario.id}/`);
  const parameters = details.get(run?.id ?? "")?.parameters ?? [];
  openReplay(subject, seed, isPolicy ? worldParameters(scenario, parameters) : {});
}
