import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { systemCode } from "../platform/files.ts";
import { runPaths } from "../runs/run-file.ts";

export interface LogPiece {
  readonly text: string;
  /** Byte at which the text begins, and the byte after it. */
  readonly from: number;
  readonly next: number;
  /** Bytes in the whole log. */
  readonly size: number;
}

/** The longest character of UTF-8. */
const CHARACTER_BYTES = 4;

/**
 * What a run's log holds from byte `from` on, at most `bytes` (and at least one character); `from` < 0 counts from its
 * end. A character that is cut by either end is left out: by the next piece it is whole. A log that has become shorter
 * than `from` is another one and is read from its beginning. "" where nothing was printed yet.
 */
export function readLog(folder: string, from: number, bytes: number): LogPiece {
  let descriptor: number;
  try {
    descriptor = openSync(runPaths.log(folder), "r");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return { text: "", from: 0, next: 0, size: 0 };
    throw error;
  }
  try {
    const { size } = fstatSync(descriptor);
    const wanted = from < 0 ? Math.max(0, size + from) : from > size ? 0 : from;
    const buffer = Buffer.alloc(Math.min(Math.max(bytes, CHARACTER_BYTES), size - wanted));
    const read = readSync(descriptor, buffer, 0, buffer.length, wanted);
    const begin = wanted === 0 ? 0 : firstWhole(buffer.subarray(0, read));
    const end = lastWhole(buffer.subarray(0, read), begin);
    return { text: buffer.toString("utf8", begin, end), from: wanted + begin, next: wanted + end, size };
  } finally {
    closeSync(descriptor);
  }
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0b1100_0000) === 0b1000_0000;
}

/** Where the first whole character begins. */
function firstWhole(piece: Buffer): number {
  let begin = 0;
  while (begin < CHARACTER_BYTES - 1 && isContinuation(piece[begin])) begin++;
  return begin;
}

/** Where the last whole character ends. */
function lastWhole(piece: Buffer, begin: number): number {
  let start = piece.length - 1;
  while (start > begin && piece.length - start < CHARACTER_BYTES && isContinuation(piece[start])) start--;
  const lead = piece[start] ?? 0;
  const length = lead >= 0b1111_0000 ? 4 : lead >= 0b1110_0000 ? 3 : lead >= 0b1100_0000 ? 2 : 1;
  return start + length > piece.length ? Math.max(begin, start) : piece.length;
}
