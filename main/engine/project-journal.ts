import path from "node:path";
import { z } from "zod";
import { UserError } from "../platform/user-error.ts";
import { JournalWriter, readJournal } from "../runs/journal.ts";
import type { Experiment } from "../store/experiments.ts";
import type { Store } from "../store/store.ts";

/** What a person typed, in order. */
const projectEventSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("experiment"), id: z.string(), name: z.string(), createdAt: z.number() }),
]);
type ProjectEvent = z.infer<typeof projectEventSchema>;

/** The project's own journal: names of experiments go there before they go to the store. */
export class ProjectJournal {
  private readonly file: string;

  constructor(dataFolder: string) {
    this.file = path.join(dataFolder, "project.journal");
  }

  /** Writes an experiment down; it is on the disk when this returns. */
  addExperiment(experiment: Experiment): void {
    const event: ProjectEvent = { type: "experiment", ...experiment };
    const writer = JournalWriter.open(this.file, { attempt: 1 });
    try {
      writer.event(event);
    } finally {
      writer.close();
    }
  }

  /** Brings a store up to date with the journal. */
  ingest(store: Store): void {
    for (;;) {
      const point = store.ingestion.get("");
      const { records, nextOffset, more } = readJournal(this.file, point.offset);
      if (records.length === 0) return;
      store.transaction(() => {
        for (const record of records) if (record.kind === "event") this.apply(store, record.event, record.offset);
        store.ingestion.put("", { ...point, offset: nextOffset });
      });
      if (!more) return;
    }
  }

  private apply(store: Store, value: unknown, offset: number): void {
    const parsed = projectEventSchema.safeParse(value);
    if (!parsed.success) {
      throw new UserError(
        "journal-damaged",
        `${this.file}, offset ${offset}: an event that this program does not know`,
        "Use the newer Edgeloom that wrote it.",
      );
    }
    const { id, name, createdAt } = parsed.data;
    store.experiments.put({ id, name, createdAt });
  }
}
