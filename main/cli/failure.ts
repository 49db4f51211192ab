import { UserError } from "../platform/user-error.ts";

/** What goes to stderr for an error: one line for a person, one JSON object for a script. */
export function failureText(error: unknown, json: boolean): string {
  const { code, message, hint, field } = errorValue(error);
  if (json)
    return JSON.stringify({ error: field === undefined ? { code, message, hint } : { code, message, hint, field } });
  const line = oneLine(message);
  return hint === "" ? `edgeloom: ${line}` : `edgeloom: ${line} (${oneLine(hint)})`;
}

function errorValue(error: unknown): { code: string; message: string; hint: string; field?: string | undefined } {
  if (error instanceof UserError) return error;
  return {
    code: "bug",
    message: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    hint: "this is a bug in Edgeloom; EDGELOOM_DEBUG=1 shows where",
  };
}

/** Sentences lose their last full stop, further lines (the end of a log) are put in one. */
function oneLine(text: string): string {
  return text
    .trim()
    .replace(/\s*\n\s*/g, " | ")
    .replace(/\.$/, "");
}
