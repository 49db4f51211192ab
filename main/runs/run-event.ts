import { z } from "zod";
import { UserError } from "../platform/user-error.ts";

const errorSchema = z.object({ code: z.string(), message: z.string(), hint: z.string() });

/** What a run's journal tells besides its points. `at` = milliseconds since 1970. */
export const runEventSchema = z.discriminatedUnion("type", [
  /** First record of every attempt. */
  z.object({
    type: z.literal("started"),
    attempt: z.number().int(),
    /** `relaxed-<hash>` or `plain-<hash>`. */
    kernelBuild: z.string(),
    cpu: z.string(),
    node: z.string(),
    programVersion: z.string(),
    fromStep: z.number(),
    /** The checkpoint it continues from (`<run>:<step>`, another run's when forked); null = from the beginning. */
    fromCheckpoint: z.string().nullable(),
    pid: z.number().int(),
    at: z.number(),
  }),
  z.object({
    type: z.literal("state"),
    state: z.enum(["running", "paused", "finished", "failed", "cancelled"]),
    at: z.number(),
    step: z.number(),
    iteration: z.number(),
    /** Running time of the whole run so far, pauses and lost parts left out. */
    wallSeconds: z.number(),
    error: errorSchema.optional(),
  }),
  z.object({
    type: z.literal("checkpoint"),
    step: z.number(),
    iteration: z.number(),
    bytes: z.number(),
    sha256: z.string(),
    reward: z.number().nullable(),
    at: z.number(),
  }),
  z.object({ type: z.literal("checkpoint-removed"), step: z.number(), at: z.number() }),
  /** Something that a reader of the run must know, such as `resumed on another kernel build: a -> b`. */
  z.object({ type: z.literal("mark"), text: z.string(), at: z.number() }),
]);
export type RunEvent = z.infer<typeof runEventSchema>;
export type RunStateEvent = Extract<RunEvent, { type: "state" }>;

/**
 * The event that a record of a run's journal holds.
 * @throws UserError `journal-damaged` naming file and offset when it is none that this program knows
 */
export function parseRunEvent(record: { readonly event: unknown; readonly offset: number }, file: string): RunEvent {
  const parsed = runEventSchema.safeParse(record.event);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = `Journal ${file}, offset ${record.offset}`;
  throw new UserError("journal-damaged", `${where}: unknown event: ${issue?.path.join(".")}: ${issue?.message}.`);
}
