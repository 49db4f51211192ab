import { closest } from "fastest-levenshtein";
import { ParameterError } from "../../lab/training.ts";
import { fileError } from "../platform/files.ts";
import { UserError } from "../platform/user-error.ts";
import { isStoreFull, NewerStore } from "../store/database.ts";

/** The error that a person can act on behind an exception of another layer; anything else comes back unchanged. */
export function explain(error: unknown, dataFolder: string): unknown {
  if (error instanceof UserError) return error;
  if (error instanceof ParameterError) return parameterError(error);
  if (error instanceof NewerStore) {
    return new UserError(
      "store-newer",
      `The database ${error.file} has version ${error.found}; this program knows versions up to ${error.known}.`,
      "Use the newer Edgeloom. To go on with this one, move store.sqlite away: it is rebuilt from the run folders.",
    );
  }
  if (isStoreFull(error)) return diskFull(dataFolder);
  return fileError(error, dataFolder);
}

/** The disk that holds the data folder is full. */
export function diskFull(dataFolder: string): UserError {
  return new UserError(
    "disk-full",
    `The disk is full: ${dataFolder} cannot be written.`,
    "Free some space; the engine goes on by itself and nothing that a trainer wrote is lost.",
  );
}

/** A refused parameter, with its path in `set`. */
export function parameterError({ reason, field, message, known }: ParameterError): UserError {
  const path = field === "" ? undefined : `set.${field}`;
  if (reason === "unknown") {
    return new UserError("parameter-unknown", `${message}.`, `Did you mean "${closest(field, known)}"?`, path);
  }
  return new UserError(path === undefined ? "parameters-unfit" : "parameter-range", `${message}.`, "", path);
}
