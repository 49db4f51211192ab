import { Button, Group, Modal } from "@mantine/core";
import { useEffect, useMemo, useRef, useState } from "react";
import type { CheckpointSummary, ItemRef, MethodResult, RunSummary } from "../../../preload/contract.ts";
import { formatBytes, formatCount } from "../../model/format.ts";
import { experimentIsTrashed, experimentOf, keyOf, type Places } from "../../model/tree.ts";
import { Ago } from "../../parts/ago.tsx";
import { ask } from "../../state/ask.ts";
import { useDesk } from "../../state/desk.ts";
import { forgetRemoved, nameOf, restore } from "../../state/desk-actions.ts";
import { session, useSession } from "../../state/session.ts";

type Size = MethodResult<"trash.size">;

interface Thing {
  readonly item: ItemRef;
  readonly trashedAt: number;
  readonly name: string;
  readonly where: string;
}

/** What is in the trash, the space it takes, and the ways back and out. */
export function TrashDialog() {
  const open = useSession((state) => state.dialog === "trash");
  return (
    <Modal opened={open} onClose={() => session.set({ dialog: undefined })} title="Trash" size={640}>
      <Trash />
    </Modal>
  );
}

function Trash() {
  const runs = useSession((state) => state.runs);
  const projects = useDesk((state) => state.projects);
  const experiments = useDesk((state) => state.experiments);
  const [checkpoints, setCheckpoints] = useState<readonly CheckpointSummary[]>([]);
  const [sizes, setSizes] = useState<ReadonlyMap<string, Size>>(new Map());
  const [size, setSize] = useState<Size>();
  const [emptied, setEmptied] = useState<Size>();
  const [busy, setBusy] = useState(false);
  const things = useMemo(
    () => trashed({ projects, experiments }, runs, checkpoints),
    [projects, experiments, runs, checkpoints],
  );
  const shown = things.map(({ item }) => keyOf(item)).join("\n");
  const root = useRef<HTMLDivElement>(null);
  /** The line that was brought back or removed last. */
  const left = useRef(0);

  const readCheckpoints = async () => {
    const all = await ask("checkpoints.list", {});
    if (all !== undefined) setCheckpoints(all.filter((each) => each.trashedAt !== null));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: read once, when the dialog opens
  useEffect(() => void readCheckpoints(), []);
  // Where the button under the keyboard went with its line, the next line has the keyboard; Close, where none is left.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only lines that went can take the keyboard with them
  useEffect(() => {
    if (document.activeElement !== document.body) return;
    const lines = root.current?.querySelectorAll("li") ?? [];
    const next = lines[Math.min(left.current, lines.length - 1)]?.querySelector("button");
    const close = root.current?.closest("[role=dialog]")?.querySelector("button");
    (next ?? close)?.focus();
  }, [shown]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured again when what is in the trash has changed
  useEffect(() => {
    let isCurrent = true;
    const measure = async () => {
      const total = await ask("trash.size", {});
      if (!isCurrent || total === undefined) return;
      setSize(total);
      for (const { item } of things) {
        const own = await ask("trash.size", { items: [item] });
        if (!isCurrent) return;
        if (own !== undefined) setSizes((before) => new Map(before).set(keyOf(item), own));
      }
    };
    void measure();
    return () => {
      isCurrent = false;
    };
  }, [shown]);

  const leave = (item: ItemRef) => {
    left.current = things.findIndex((thing) => keyOf(thing.item) === keyOf(item));
  };
  const empty = async (items: readonly ItemRef[] | undefined) => {
    if (items?.[0] !== undefined) leave(items[0]);
    setBusy(true);
    const freed = await ask("trash.empty", items === undefined ? {} : { items: [...items] });
    setBusy(false);
    if (freed === undefined) return;
    forgetRemoved(items ?? things.map(({ item }) => item));
    setEmptied(freed);
    await readCheckpoints();
  };
  const bringBack = (thing: Thing) => {
    leave(thing.item);
    restore([thing.item]);
    setCheckpoints((before) => before.filter(({ id }) => thing.item.kind !== "checkpoint" || id !== thing.item.id));
  };

  return (
    <div ref={root} className="trash" data-things={things.length}>
      {emptied === undefined ? null : (
        <p className="trash-freed" role="status" data-bytes={emptied.bytes}>
          Freed {formatBytes(emptied.bytes)}: {counted(emptied)} removed for good.
        </p>
      )}
      {things.length === 0 ? (
        <p className="dim">The trash is empty. Delete puts what is selected in the tree here.</p>
      ) : (
        <>
          <ul className="trash-list">
            {things.map((thing) => {
              const own = sizes.get(keyOf(thing.item));
              return (
                <li key={keyOf(thing.item)} data-trash={thing.item.id}>
                  <span className="trash-name">
                    <span className="ellipsis" title={thing.name}>
                      {thing.name}
                    </span>
                    <span className="dim ellipsis">
                      {thing.where}, <Ago time={thing.trashedAt} />
                    </span>
                  </span>
                  <span className="trash-bytes">{own === undefined ? "" : formatBytes(own.bytes)}</span>
                  <Button size="compact-xs" variant="default" onClick={() => bringBack(thing)}>
                    Restore
                  </Button>
                  <Button
                    size="compact-xs"
                    variant="subtle"
                    className="danger"
                    disabled={busy || own === undefined}
                    aria-label={`Remove ${thing.name} for good`}
                    onClick={() => void empty([thing.item])}
                  >
                    Remove
                  </Button>
                </li>
              );
            })}
          </ul>
          <Group justify="space-between" className="trash-foot">
            <span className="dim" role="status">
              {size === undefined ? "Measuring" : `${counted(size)}, ${formatBytes(size.bytes)}`}
            </span>
            <Button
              color="red.9"
              disabled={busy || size === undefined}
              loading={busy}
              data-bytes={size?.bytes}
              onClick={() => void empty(undefined)}
            >
              {size === undefined ? "Empty the trash" : `Empty the trash, free ${formatBytes(size.bytes)}`}
            </Button>
          </Group>
        </>
      )}
    </div>
  );
}

function counted({ runs, checkpoints }: Size): string {
  const parts = [
    runs === 0 ? "" : `${formatCount(runs)} ${runs === 1 ? "run" : "runs"}`,
    checkpoints === 0 ? "" : `${formatCount(checkpoints)} ${checkpoints === 1 ? "checkpoint" : "checkpoints"}`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "no runs" : parts.join(" and ");
}

/** What was itself put into the trash, the last first; not what lies inside it. */
function trashed(places: Places, runs: readonly RunSummary[], checkpoints: readonly CheckpointSummary[]): Thing[] {
  const inProject = (id: string) => `in ${places.projects.get(id)?.name ?? "a project"}`;
  const things: Thing[] = [];
  const add = (item: ItemRef, trashedAt: number | null, name: string, where: string) => {
    if (trashedAt !== null) things.push({ item, trashedAt, name, where });
  };
  for (const { id, name, trashedAt } of places.projects.values())
    add({ kind: "project", id }, trashedAt, name, "project");
  for (const { id, name, trashedAt, project } of places.experiments.values())
    if ((places.projects.get(project)?.trashedAt ?? null) === null)
      add({ kind: "experiment", id }, trashedAt, name, `experiment ${inProject(project)}`);
  const runIds = new Set<string>();
  for (const run of runs) {
    const experiment = experimentOf(run, places);
    if (experimentIsTrashed(experiment, places)) continue;
    if (run.trashedAt === null) runIds.add(run.id);
    const item: ItemRef = { kind: "run", id: run.id };
    add(item, run.trashedAt, nameOf(item), `run in ${experiment.name}`);
  }
  for (const { id, run, trashedAt, label, step } of checkpoints)
    if (runIds.has(run))
      add(
        { kind: "checkpoint", id },
        trashedAt,
        label === "" ? `Step ${formatCount(step)}` : label,
        `checkpoint of ${nameOf({ kind: "run", id: run })}`,
      );
  return things.sort((a, b) => b.trashedAt - a.trashedAt);
}
