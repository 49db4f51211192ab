/** What travels in frames. The handshake never changes its form, so that a peer of any version can say why it refuses. */
import { z } from "zod";
import { userErrorSchema } from "../../preload/contract.ts";

export type ClientRole = "shell" | "cli";

/** First frame of a client, as JSON. */
export const helloSchema = z.object({
  edgeloom: z.literal("hello"),
  protocol: z.number(),
  /** Version of V8's clone format. */
  serialization: z.number(),
  version: z.string(),
  role: z.string(),
});
export type Hello = z.infer<typeof helloSchema>;

/** First frame of the engine, as JSON. */
export const greetingSchema = z.discriminatedUnion("edgeloom", [
  z.object({ edgeloom: z.literal("welcome"), protocol: z.number(), version: z.string(), pid: z.number() }),
  z.object({ edgeloom: z.literal("refused"), protocol: z.number(), version: z.string(), error: userErrorSchema }),
]);
export type Greeting = z.infer<typeof greetingSchema>;

export const requestSchema = z.object({ id: z.number(), method: z.string(), params: z.unknown() });
export type Request = z.infer<typeof requestSchema>;

const answerSchema = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), error: userErrorSchema }),
]);

export const engineMessageSchema = z.union([
  z.object({ id: z.number(), answer: answerSchema }),
  z.object({ event: z.string(), payload: z.unknown() }),
]);
export type EngineMessage = z.infer<typeof engineMessageSchema>;
