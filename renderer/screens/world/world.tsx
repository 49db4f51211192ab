import "../../styles/world.css";
import { Button, SegmentedControl } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useCallback, useEffect, useMemo } from "react";
import { useScales, WorldPicture } from "../../charts/world-picture.tsx";
import { WorldStrips } from "../../charts/world-strips.tsx";
import { isTraining } from "../../model/picture-runs.ts";
import { runLabel } from "../../model/runs.ts";
import { useDark } from "../../parts/use-dark.ts";
import { useSession } from "../../state/session.ts";
import {
  advanceTime,
  frameOf,
  framesPerSecond,
  type Shown,
  seek,
  setMode,
  shownOf,
  world as store,
  useWorld,
  watchRun,
} from "../../state/world.ts";
import { WorldLegend } from "./legend.tsx";
import { Player } from "./player.tsx";
import { ReplayForm } from "./replay-form.tsx";
import { NothingShown, ReplayCaption } from "./said.tsx";
import { ValuesTable, WorldValues } from "./values.tsx";

/** Frames are drawn at most this often: smooth enough, and half the work. */
const leastMilliseconds = 30;

export function WorldScreen() {
  const mode = useWorld((state) => state.mode);
  const shown = useWorld(shownOf);
  const asTable = useWorld((state) => state.asTable);
  useWatching();
  usePlaying();
  return (
    <div className="world-screen">
      <div className="toolbar">
        <SegmentedControl
          size="xs"
          aria-label="What is shown"
          value={mode}
          onChange={(value) => setMode(value === "live" ? "live" : "replay")}
          data={[
            { value: "live", label: "Live" },
            { value: "replay", label: "Replay" },
          ]}
        />
        {mode === "replay" ? <ReplayForm /> : <LiveCaption />}
        <span className="spacer" />
        <Button
          size="xs"
          variant="default"
          disabled={shown === undefined}
          aria-pressed={asTable}
          onClick={() => store.set({ asTable: !asTable })}
        >
          {asTable ? "Show the picture" : "Show as a table"}
        </Button>
      </div>
      {mode === "replay" ? <ReplayCaption /> : null}
      {shown === undefined ? <NothingShown /> : <ShownWorld shown={shown} asTable={asTable} />}
    </div>
  );
}

function ShownWorld({ shown, asTable }: { readonly shown: Shown; readonly asTable: boolean }) {
  const dark = useDark();
  const still = useMediaQuery("(prefers-reduced-motion: reduce)", false) ?? false;
  const frame = useWorld(frameOf);
  const scales = useScales(shown);
  const view = useCallback(() => {
    const { position, playing, hovered, chosen, speed } = store.get();
    return { position, playing, focused: hovered ?? chosen, rate: speed * framesPerSecond };
  }, []);
  const position = useCallback(() => store.get().position, []);
  const hover = useCallback((hovered: string | undefined) => {
    if (store.get().hovered !== hovered) store.set({ hovered });
  }, []);
  const choose = useCallback((thing: string | undefined) => store.set({ chosen: thing ?? "" }), []);
  const drawn = useMemo(() => ({ picture: shown.picture, frames: shown.frames, steps: shown.steps }), [shown]);
  return (
    <>
      <div className="world-body">
        <div className="world-view">
          {asTable ? (
            <ValuesTable shown={shown} />
          ) : (
            <WorldPicture
              shown={drawn}
              scales={scales}
              dark={dark}
              still={still}
              view={view}
              subscribe={store.subscribe}
              onHover={hover}
              onChoose={choose}
            />
          )}
          <WorldLegend picture={shown.picture} scales={scales} dark={dark} />
        </div>
        <WorldValues shown={shown} />
      </div>
      <Player shown={shown} />
      <WorldStrips
        picture={shown.picture}
        frames={shown.frames}
        steps={shown.steps}
        frame={Math.min(frame, shown.frames.count - 1)}
        dark={dark}
        position={position}
        subscribe={store.subscribe}
        onSeek={seek}
      />
    </>
  );
}

function LiveCaption() {
  const watched = useWorld((state) => (state.live === undefined ? undefined : state.run));
  const run = useSession(({ runs }) => runs.find(({ id }) => id === watched));
  if (run === undefined) return null;
  return (
    <span className="dim ellipsis" title="Consecutive frames of the training's first world, with sampled actions">
      The first world of {runLabel(run)}, stretch by stretch
    </span>
  );
}

/** Watches the active run while it trains and the live picture is shown. */
function useWatching(): void {
  const live = useWorld((state) => state.mode === "live");
  const connected = useSession((state) => state.engine.state === "connected");
  const run = useSession(({ runs, selection }) => {
    const active = runs.find(({ id }) => id === selection.active);
    return active !== undefined && isTraining(active) ? active.id : undefined;
  });
  useEffect(() => {
    if (!live || !connected || run === undefined) return;
    watchRun(run);
    return () => watchRun(undefined);
  }, [live, connected, run]);
}

/** Moves the time on while it plays. */
function usePlaying(): void {
  const playing = useWorld((state) => state.playing);
  useEffect(() => {
    if (!playing) return;
    let before = performance.now();
    let waiting = requestAnimationFrame(function tick(now: number) {
      waiting = requestAnimationFrame(tick);
      if (now - before < leastMilliseconds) return;
      // After a hidden window the time goes on where it stood.
      advanceTime(Math.min(now - before, 250) / 1000);
      before = now;
    });
    return () => cancelAnimationFrame(waiting);
  }, [playing]);
}
