/** The queue and the settings behind it, as the engine has them. */
import type { MethodParams, Priority, Queue } from "../../preload/contract.ts";
import { isWorking } from "../model/runs.ts";
import { commandRun } from "./actions.ts";
import { ask } from "./ask.ts";
import { bridge, session } from "./session.ts";
import { createStore, type Store, useStore } from "./store.ts";

export interface QueueState {
  /** undefined before the first answer. */
  readonly queue: Queue | undefined;
  /** Run -> seconds until it is done, of runs that train or wait. */
  readonly endsInSeconds: ReadonlyMap<string, number>;
  /** What was done last, for people who hear the screen. */
  readonly said: string;
}

export const queueState: Store<QueueState> = createStore<QueueState>({
  queue: undefined,
  endsInSeconds: new Map(),
  said: "",
});

export function useQueue<S>(select: (state: QueueState) => S): S {
  return useStore(queueState, select);
}

/** Connects the queue to the bridge. Called once. */
export function startQueue(): void {
  bridge.onEngine((status) => {
    if (status.state === "connected") void readQueue();
  });
  bridge.listen("queue", takeQueue);
}

function takeQueue(queue: Queue): void {
  const known = queue.entries.flatMap(({ run, endsInSeconds }) =>
    endsInSeconds === null ? [] : [[run, endsInSeconds] as const],
  );
  queueState.set({ queue, endsInSeconds: new Map(known) });
}

async function readQueue(): Promise<void> {
  const answer = await bridge.call("queue.get", {});
  if (answer.ok) takeQueue(answer.value);
}

/** Selected runs that wait, in the order of starting. */
export function selectedWaiting(): string[] {
  const selected = new Set(session.get().selection.selected);
  const entries = queueState.get().queue?.entries ?? [];
  return entries.filter(({ run, position }) => position > 0 && selected.has(run)).map(({ run }) => run);
}

/** Selected runs that train or wait; by their own state, which is here before the queue tells of them. */
export function selectedInQueue(): string[] {
  const { runs, selection } = session.get();
  const selected = new Set(selection.selected);
  return runs.filter((run) => selected.has(run.id) && (run.state === "queued" || isWorking(run))).map(({ id }) => id);
}

type Move = MethodParams<"queue.move">["to"];

const moveWords: Readonly<Record<Move, string>> = {
  first: "to the front",
  earlier: "one place up",
  later: "one place down",
  last: "to the end",
};

export async function moveSelected(to: Move): Promise<void> {
  const runs = selectedWaiting();
  if ((await ask("queue.move", { runs, to })) === undefined) return;
  await readQueue();
  queueState.set({ said: `${counted(runs.length)} moved ${moveWords[to]}` });
}

export async function setPriority(runs: readonly string[], priority: Priority): Promise<void> {
  if ((await ask("queue.priority", { runs: [...runs], priority })) === undefined) return;
  await readQueue();
  queueState.set({ said: `${counted(runs.length)}: priority ${priority}` });
}

export async function holdQueue(held: boolean): Promise<void> {
  if ((await ask("queue.hold", { held })) !== undefined) await readQueue();
}

/** Pauses or stops what is selected of the queue; the run that waits leaves it. */
export async function commandSelected(command: "pause" | "stop"): Promise<void> {
  await Promise.all(selectedInQueue().map((run) => commandRun(run, command)));
  await readQueue();
}

export function pausedRuns(): string[] {
  const { runs } = session.get();
  return runs.filter((run) => run.state === "paused" && run.trashedAt === null).map(({ id }) => id);
}

export async function resumePaused(): Promise<void> {
  for (const run of pausedRuns()) await commandRun(run, "resume");
  await readQueue();
}

function counted(runs: number): string {
  return runs === 1 ? "1 run" : `${runs} runs`;
}
