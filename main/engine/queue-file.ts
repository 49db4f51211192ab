import { renameSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { type Priority, prioritySchema } from "../../preload/contract.ts";
import { systemCode, writeFileAtomic } from "../platform/files.ts";
import { UserError } from "../platform/user-error.ts";
import { readVersionedJson } from "../runs/versioned-json.ts";

const QUEUE_VERSION = 1;

const queueFileSchema = z.object({
  formatVersion: z.literal(QUEUE_VERSION),
  held: z.boolean(),
  /** Those that are not normal. */
  priorities: z.record(z.string(), prioritySchema),
  /** Waiting runs in the order that a person gave them. Runs that are not named follow in the order of their wishes. */
  order: z.array(z.string()),
  /** Runs that go on although kernel build or version changed, once it is their turn. */
  forced: z.array(z.string()),
  /** Runs that were paused because the disk was getting full -> bytes that were free. */
  pausedForSpace: z.record(z.string(), z.number()),
});
export type QueueContent = Readonly<Omit<z.infer<typeof queueFileSchema>, "formatVersion">>;

const queueKind = {
  schema: queueFileSchema,
  version: QUEUE_VERSION,
  what: "Queue file",
  code: "queue-damaged",
  hint: "Delete it: runs then wait in the order in which they were asked for.",
};

const empty: QueueContent = { held: false, priorities: {}, order: [], forced: [], pausedForSpace: {} };

/** What a person decided about the queue of a data folder, in `queue.json`. Which runs wait is in the run folders. */
export class QueueFile {
  /** Where a file that could not be read was put. */
  readonly setAside: string | undefined;
  private readonly file: string;
  private content: QueueContent;

  /** @throws UserError `format-newer` */
  constructor(dataFolder: string) {
    this.file = path.join(dataFolder, "queue.json");
    this.content = empty;
    try {
      const { formatVersion: _, ...content } = readVersionedJson(this.file, queueKind);
      this.content = content;
    } catch (error) {
      if (systemCode(error) === "ENOENT") return;
      if (!(error instanceof UserError) || error.code !== queueKind.code) throw error;
      this.setAside = `${this.file}.damaged`;
      renameSync(this.file, this.setAside);
    }
  }

  get(): QueueContent {
    return this.content;
  }

  priority(run: string): Priority {
    return this.content.priorities[run] ?? "normal";
  }

  /** Replaces some of it; on the disk when this returns. @throws UserError `disk-full`, `not-writable` */
  change(change: Partial<QueueContent>): void {
    const content = { ...this.content, ...change };
    writeFileAtomic(this.file, `${JSON.stringify({ formatVersion: QUEUE_VERSION, ...content })}\n`);
    this.content = content;
  }
}
