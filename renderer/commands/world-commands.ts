import { session } from "../state/session.ts";
import { changeSpeed, setMode, shownOf, stepBy, togglePlaying, world } from "../state/world.ts";
import type { Command } from "./command.ts";

function hidden(): string | undefined {
  if (session.get().tab !== "world") return "The world is not shown";
  return shownOf(world.get()) === undefined ? "No world is drawn" : undefined;
}

function hiddenReplay(): string | undefined {
  return hidden() ?? (world.get().mode === "replay" ? undefined : "Only a replay can be looped");
}

function show(mode: "live" | "replay"): void {
  session.set({ tab: "world" });
  setMode(mode);
}

/** The picture of the world. */
export const worldCommands: readonly Command[] = [
  { id: "world.live", title: "Show the world live", group: "World", run: () => show("live") },
  {
    id: "world.replay",
    title: "Replay an episode",
    group: "World",
    keywords: ["checkpoint", "policy", "seed"],
    run: () => show("replay"),
  },
  {
    id: "world.play",
    title: "Play or pause",
    group: "World",
    keys: "Space",
    unavailable: hidden,
    run: togglePlaying,
  },
  { id: "world.next", title: "One step on", group: "World", keys: ".", unavailable: hidden, run: () => stepBy(1) },
  {
    id: "world.previous",
    title: "One step back",
    group: "World",
    keys: ",",
    unavailable: hidden,
    run: () => stepBy(-1),
  },
  {
    id: "world.first",
    title: "Go to the first frame",
    group: "World",
    unavailable: hidden,
    run: () => stepBy(Number.NEGATIVE_INFINITY),
  },
  {
    id: "world.last",
    title: "Go to the last frame",
    group: "World",
    unavailable: hidden,
    run: () => stepBy(Number.POSITIVE_INFINITY),
  },
  { id: "world.faster", title: "Play faster", group: "World", unavailable: hidden, run: () => changeSpeed(1) },
  { id: "world.slower", title: "Play slower", group: "World", unavailable: hidden, run: () => changeSpeed(-1) },
  {
    id: "world.loop",
    title: "Loop the replay",
    group: "World",
    unavailable: hiddenReplay,
    run: () => world.set({ loop: !world.get().loop }),
  },
  {
    id: "world.table",
    title: "Show the world's values as a table",
    group: "World",
    keywords: ["screen reader", "text"],
    unavailable: hidden,
    run: () => world.set({ asTable: !world.get().asTable }),
  },
];
