import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { RunSummary } from "../../preload/contract.ts";
import { systemCode } from "../platform/files.ts";
import { UserError } from "../platform/user-error.ts";
import { discardCommand, readCommand, writeCommand } from "../runs/command.ts";
import { JournalWriter } from "../runs/journal.ts";
import { acquireLock } from "../runs/lock.ts";
import type { RunEvent } from "../runs/run-event.ts";
import { runPaths } from "../runs/run-file.ts";

const TAIL_BYTES = 1000;

/** What a trainer that ended without a word to its journal left in its log. */
export function startFailure(folder: string, end: string): UserError {
  const tail = logTail(folder, TAIL_BYTES).trim();
  return new UserError(
    "trainer-start",
    `The trainer ended with ${end} before it began${tail === "" ? "" : `: ${tail}`}.`,
    `Its whole output is in ${runPaths.log(folder)}.`,
  );
}

/**
 * Writes into the run's journal, in place of the trainer that could not, that the attempt failed: otherwise the run
 * would still be queued and would be started again and again.
 */
export function recordStartFailure(folder: string, summary: RunSummary, { code, message, hint }: UserError): void {
  try {
    const lock = acquireLock(folder, summary.attempt);
    const { step, iteration, wallSeconds } = summary;
    const error = { code, message, hint };
    const event: RunEvent = { type: "state", state: "failed", at: Date.now(), step, iteration, wallSeconds, error };
    try {
      appendEvent(runPaths.journal(folder), Math.max(1, summary.attempt), event);
      discardCommand(folder);
    } finally {
      lock.release();
    }
  } catch (problem) {
    if (!(problem instanceof UserError)) throw problem;
    // The journal cannot take it (damaged, disk full): the wish to go on is all that can be taken back.
    holdBack(folder);
  }
}

function appendEvent(file: string, attempt: number, event: RunEvent): void {
  const journal = JournalWriter.open(file, { attempt });
  try {
    journal.event(event);
  } finally {
    journal.close();
  }
}

/** Takes a queued run out of the queue by its folder alone. */
function holdBack(folder: string): void {
  if (readCommand(folder)?.command === "resume") discardCommand(folder);
  else writeCommand(folder, { command: "pause", id: "held-back" });
}

/** The end of what a run's trainers printed, at most `bytes`. */
export function logTail(folder: string, bytes: number): string {
  let descriptor: number;
  try {
    descriptor = openSync(runPaths.log(folder), "r");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return "";
    throw error;
  }
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(bytes, size));
    const read = readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString("utf8", 0, read);
  } finally {
    closeSync(descriptor);
  }
}
