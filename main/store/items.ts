import type Database from "better-sqlite3";
import type { ItemKind, ItemMarks, ItemRef } from "../../preload/contract.ts";

/** What a change says of an item; what it leaves out stays. */
export interface StoredChange {
  readonly name?: string | undefined;
  readonly parent?: string | undefined;
  readonly addTags?: readonly string[] | undefined;
  readonly removeTags?: readonly string[] | undefined;
  readonly notes?: string | undefined;
  readonly archived?: boolean | undefined;
  readonly trashed?: boolean | undefined;
  readonly pinned?: boolean | undefined;
}

export interface MarkColumns {
  readonly tags: string | null;
  readonly notes: string | null;
  readonly archived: number | null;
  readonly trashed_at: number | null;
}

interface ItemRow {
  readonly kind: ItemKind;
  readonly id: string;
  readonly name: string | null;
  readonly parent: string | null;
  readonly tags: string;
  readonly notes: string;
  readonly archived: number;
  readonly trashed_at: number | null;
  readonly pinned: number;
  readonly removed: number;
}

const columns = "kind, id, name, parent, tags, notes, archived, trashed_at, pinned, removed";

const untouched = {
  name: null,
  parent: null,
  tags: "[]",
  notes: "",
  archived: 0,
  trashed_at: null,
  pinned: 0,
  removed: 0,
};

/** What the journal says of projects, experiments, runs and checkpoints, whether they are there or not. */
export class ItemTable {
  private readonly byId: Database.Statement<[string, string], ItemRow>;
  private readonly upsert: Database.Statement<[ItemRow]>;
  private readonly erase: Database.Statement<[string, string]>;
  private readonly pending: Database.Statement<[], ItemRef>;
  private readonly checkpoints: Database.Statement<[], { id: string; pinned: number }>;

  constructor(database: Database.Database) {
    const values = columns.replaceAll(/\w+/g, (column) => `@${column}`);
    this.byId = database.prepare(`SELECT ${columns} FROM item WHERE kind = ? AND id = ?`);
    this.upsert = database.prepare(`INSERT OR REPLACE INTO item (${columns}) VALUES (${values})`);
    this.erase = database.prepare("DELETE FROM item WHERE kind = ? AND id = ?");
    this.pending = database.prepare("SELECT kind, id FROM item WHERE removed = 1 ORDER BY kind, id");
    this.checkpoints = database.prepare("SELECT id, pinned FROM item WHERE kind = 'checkpoint' ORDER BY id");
  }

  /** @param at milliseconds since 1970, for what keeps its time */
  change(item: ItemRef, change: StoredChange, at: number): void {
    const row = this.read(item);
    this.upsert.run({
      ...row,
      name: change.name === undefined ? row.name : change.name || null,
      parent: change.parent ?? row.parent,
      tags: changedTags(row.tags, change),
      notes: change.notes ?? row.notes,
      archived: Number(change.archived ?? row.archived),
      trashed_at: change.trashed === undefined ? row.trashed_at : change.trashed ? (row.trashed_at ?? at) : null,
      pinned: Number(change.pinned ?? row.pinned),
    });
  }

  /** From here on the item counts as gone, though its folder may still be there. */
  remove(item: ItemRef): void {
    this.upsert.run({ ...this.read(item), removed: 1 });
  }

  /** The item's folder is gone too. A run or checkpoint that is put there again begins without marks. */
  forget(item: ItemRef): void {
    if (item.kind !== "experiment") this.erase.run(item.kind, item.id);
    else this.upsert.run({ kind: item.kind, id: item.id, ...untouched, removed: 2 });
  }

  /** Items that are removed for good, but perhaps not from the disk. */
  beingRemoved(): ItemRef[] {
    return this.pending.all();
  }

  /** Every checkpoint that a person ever said something of, and whether it is pinned. */
  checkpointPins(): { readonly id: string; readonly pinned: boolean }[] {
    return this.checkpoints.all().map(({ id, pinned }) => ({ id, pinned: pinned === 1 }));
  }

  private read({ kind, id }: ItemRef): ItemRow {
    return this.byId.get(kind, id) ?? { kind, id, ...untouched };
  }
}

/** Marks from the columns of a joined item, all NULL where nothing was ever said. */
export function marksOf(row: MarkColumns): ItemMarks {
  return {
    tags: tagsOf(row.tags),
    notes: row.notes ?? "",
    archived: row.archived === 1,
    trashedAt: row.trashed_at,
  };
}

export function tagsOf(tags: string | null): string[] {
  return tags === null || tags === "[]" ? [] : JSON.parse(tags);
}

function changedTags(tags: string, { addTags, removeTags }: StoredChange): string {
  if (addTags === undefined && removeTags === undefined) return tags;
  const removed = new Set(removeTags);
  const kept = tagsOf(tags).filter((tag) => !removed.has(tag));
  return JSON.stringify([...new Set([...kept, ...(addTags ?? [])])]);
}
