import path from "node:path";
import { z } from "zod";
import { type ItemRef, itemKindSchema } from "../../preload/contract.ts";
import { UserError } from "../platform/user-error.ts";
import { JournalWriter, readJournal } from "../runs/journal.ts";
import type { Experiment } from "../store/experiments.ts";
import type { StoredChange } from "../store/items.ts";
import type { Project } from "../store/projects.ts";
import type { Store } from "../store/store.ts";

/** No journal record is longer (see main/runs/journal.ts). */
const MOST_BYTES = 2 * 1024 * 1024 - 1024;

/** Kind -> ids. */
const itemsSchema = z.partialRecord(itemKindSchema, z.array(z.string()));

/** What a person typed, in order. */
const projectEventSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("project"), id: z.string(), name: z.string(), createdAt: z.number() }),
  z.object({
    type: z.literal("experiment"),
    id: z.string(),
    name: z.string(),
    createdAt: z.number(),
    project: z.string().optional(),
  }),
  /** One change of all of the items. `at` = milliseconds since 1970. */
  z.object({
    type: z.literal("change"),
    at: z.number(),
    items: itemsSchema,
    change: z.object({
      name: z.string().optional(),
      parent: z.string().optional(),
      addTags: z.array(z.string()).optional(),
      removeTags: z.array(z.string()).optional(),
      notes: z.string().optional(),
      archived: z.boolean().optional(),
      trashed: z.boolean().optional(),
      pinned: z.boolean().optional(),
    }),
  }),
  /** Removed for good: from here on nothing brings the items back. */
  z.object({ type: z.literal("removed"), at: z.number(), items: itemsSchema }),
  /** Their folders are gone as well. */
  z.object({ type: z.literal("removal-done"), at: z.number(), items: itemsSchema }),
]);
type ProjectEvent = z.infer<typeof projectEventSchema>;

/**
 * The project's own journal: what a person says of projects, experiments, runs and checkpoints goes there before it goes
 * to the store. A method's record is on the disk, wholly or not at all, before the store takes it from there. All of them
 * throw UserError `disk-full`, `not-writable`, and `journal-damaged` for a journal that cannot be read, which then stays
 * as it is.
 */
export class ProjectJournal {
  private readonly file: string;

  constructor(dataFolder: string) {
    this.file = path.join(dataFolder, "project.journal");
  }

  addProject(store: Store, { id, name, createdAt }: Project): void {
    this.record(store, { type: "project", id, name, createdAt });
  }

  addExperiment(store: Store, { id, name, createdAt, project }: Experiment): void {
    this.record(store, { type: "experiment", id, name, createdAt, ...(project === undefined ? {} : { project }) });
  }

  /** @throws UserError `change-too-large` */
  change(store: Store, items: readonly ItemRef[], change: StoredChange, at: number): void {
    this.record(store, { type: "change", at, items: byKind(items), change: withoutUndefined(change) });
  }

  remove(store: Store, items: readonly ItemRef[], at: number): void {
    for (const part of parts(items)) this.record(store, { type: "removed", at, items: byKind(part) });
  }

  removalDone(store: Store, items: readonly ItemRef[], at: number): void {
    for (const part of parts(items)) this.record(store, { type: "removal-done", at, items: byKind(part) });
  }

  /** Brings a store up to date with the journal. */
  ingest(store: Store): void {
    for (;;) {
      const point = store.ingestion.get("");
      const { records, nextOffset, more } = readJournal(this.file, point.offset);
      if (records.length === 0) return;
      store.transaction(() => {
        for (const record of records)
          if (record.kind === "event") apply(store, this.parse(record.event, record.offset));
        store.ingestion.put("", { ...point, offset: nextOffset });
      });
      if (!more) return;
    }
  }

  private record(store: Store, event: ProjectEvent): void {
    this.ingest(store);
    this.write(event);
    this.ingest(store);
  }

  private write(event: ProjectEvent): void {
    if (Buffer.byteLength(JSON.stringify(event)) > MOST_BYTES) {
      throw new UserError("change-too-large", "That is too much for one change.", "Change fewer items at once.");
    }
    const writer = JournalWriter.open(this.file, { attempt: 1 });
    try {
      writer.event(event);
    } finally {
      writer.close();
    }
  }

  private parse(value: unknown, offset: number): ProjectEvent {
    const parsed = projectEventSchema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new UserError(
      "journal-damaged",
      `${this.file}, offset ${offset}: an event that this program does not know`,
      "Use the newer Edgeloom that wrote it.",
    );
  }
}

function apply(store: Store, event: ProjectEvent): void {
  switch (event.type) {
    case "project":
      store.projects.put(event);
      return;
    case "experiment":
      store.experiments.put(event);
      return;
    case "change":
      for (const item of refs(event.items)) store.items.change(item, event.change, event.at);
      return;
    case "removed":
      for (const item of refs(event.items)) {
        store.items.remove(item);
        if (item.kind === "project") store.projects.remove(item.id);
      }
      return;
    case "removal-done":
      for (const item of refs(event.items)) store.items.forget(item);
  }
}

function byKind(items: readonly ItemRef[]): Partial<Record<ItemRef["kind"], string[]>> {
  const kinds: Partial<Record<ItemRef["kind"], string[]>> = {};
  for (const { kind, id } of items) {
    const ids = kinds[kind] ?? [];
    ids.push(id);
    kinds[kind] = ids;
  }
  return kinds;
}

function refs(items: ReturnType<typeof byKind>): ItemRef[] {
  return itemKindSchema.options.flatMap((kind) => (items[kind] ?? []).map((id) => ({ kind, id })));
}

/** So many items surely fit into one record. */
function* parts(items: readonly ItemRef[]): Generator<readonly ItemRef[]> {
  for (let from = 0; from < items.length; from += 5000) yield items.slice(from, from + 5000);
}

function withoutUndefined(change: StoredChange): Extract<ProjectEvent, { type: "change" }>["change"] {
  return JSON.parse(JSON.stringify(change));
}
