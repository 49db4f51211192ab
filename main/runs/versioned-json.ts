import { readFileSync } from "node:fs";
import type { z } from "zod";
import { UserError } from "../platform/user-error.ts";

/** The error for a file of a format that only a newer program knows. */
export function newerFormat(what: string, file: string, version: unknown, known: number): UserError {
  return new UserError(
    "format-newer",
    `${what} ${file} has format version ${version}; this program reads versions up to ${known}.`,
    "Open it with a newer Edgeloom.",
  );
}

/** What {@link readVersionedJson} has to know about a kind of file. */
export interface VersionedKind<T> {
  readonly schema: z.ZodType<T>;
  /** The format version that the schema describes. */
  readonly version: number;
  /** For messages: `Run file`. */
  readonly what: string;
  /** Code and hint of the error for a damaged one. */
  readonly code: string;
  readonly hint: string;
}

/**
 * Reads a JSON file that carries `formatVersion` and parses it by the schema of the present version. A missing file
 * stays the system's ENOENT.
 * @throws UserError `format-newer`, or the kind's own code when the file is damaged
 */
export function readVersionedJson<T>(file: string, kind: VersionedKind<T>): T {
  const damaged = (why: string) => new UserError(kind.code, `${kind.what} ${file} is damaged: ${why}.`, kind.hint);
  const text = readFileSync(file, "utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged("it is no JSON");
  }
  const found =
    typeof value === "object" && value !== null && "formatVersion" in value ? value.formatVersion : undefined;
  if (typeof found === "number" && found > kind.version) throw newerFormat(kind.what, file, found, kind.version);
  const parsed = kind.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw damaged(`${issue?.path.join(".") || "the whole"}: ${issue?.message}`);
}
