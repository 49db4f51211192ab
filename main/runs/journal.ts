/**
 * A run's journal: append-only records, the truth about a run. docs/run-folder.md describes every byte.
 *
 * The journal is never cut. What a kill left of a record stays where it is; the next writer appends a *skip* record that
 * names the offset where those bytes begin, and only such a record lets a reader pass over them.
 */
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { endianness } from "node:os";
import path from "node:path";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { fileError, syncFolder, systemCode } from "../platform/files.ts";
import { UserError } from "../platform/user-error.ts";
import { newerFormat } from "./versioned-json.ts";

if (endianness() !== "LE") throw new Error("Edgeloom's files are written by copying memory of a little-endian machine");

const JOURNAL_VERSION = 1;
const MAGIC = "EDGELOOMJ";
const HEADER = Buffer.concat([Buffer.from(MAGIC), Buffer.from(Uint16Array.of(JOURNAL_VERSION).buffer)]);

/** u32 length, u32 CRC-32. */
const FRAME_BYTES = 8;
/** u8 kind, u32 attempt, f64 sequence. */
const PREFIX_BYTES = 13;
/** u16 metric, u32 iteration, f64 step, f64 wallSeconds, f64 value. */
const POINT_BYTES = 30;
const MAX_POINTS = 65_536;
/** No record's payload is longer; keeps what a reader must hold bounded. */
const MAX_PAYLOAD_BYTES = 2 * 1024 * 1024;
/** Bytes that a reader holds at a time; more than the longest record. */
const BLOCK_BYTES = 4 * 1024 * 1024;
/** A writer hands its records to the system at least this often. */
const FLUSH_BYTES = 1024 * 1024;

const kinds = { metrics: 1, points: 2, event: 3, skip: 4 } as const;

const metricsSchema = z.array(z.object({ index: z.number().int().nonnegative(), id: z.string() }));

/** Columns of equal length: point i is `value[i]` of metric number `metric[i]`. */
export interface PointColumns {
  /** Numbers that a `metrics` record of the same attempt declares. */
  readonly metric: Uint16Array;
  readonly iteration: Uint32Array;
  readonly step: Float64Array;
  readonly wallSeconds: Float64Array;
  readonly value: Float64Array;
}

interface RecordPlace {
  readonly attempt: number;
  /** 0, 1, 2 ... within the attempt. */
  readonly sequence: number;
  /** Byte in the file where the record begins. */
  readonly offset: number;
}

export interface MetricsRecord extends RecordPlace {
  readonly kind: "metrics";
  readonly metrics: readonly { readonly index: number; readonly id: string }[];
}

export interface PointsRecord extends RecordPlace, PointColumns {
  readonly kind: "points";
}

export interface EventRecord extends RecordPlace {
  readonly kind: "event";
  /** JSON as written; a run's journal holds what {@link parseRunEvent} knows. */
  readonly event: unknown;
}

export type JournalRecord = MetricsRecord | PointsRecord | EventRecord;

/** One block of a journal. */
export interface JournalBlock {
  readonly records: readonly JournalRecord[];
  /** Where to go on reading, now or when the journal has grown. */
  readonly nextOffset: number;
  /** True when the file's last bytes are the beginning of a record that is still being written or was cut by a kill. */
  readonly torn: boolean;
  /** True when whole records follow that did not fit into this block. */
  readonly more: boolean;
}

function damaged(file: string, offset: number, why: string): UserError {
  return new UserError(
    "journal-damaged",
    `Journal ${file} is damaged at offset ${offset}: ${why}.`,
    "The records before this offset are good. Restore the file from a copy, or fork from a checkpoint.",
  );
}

/**
 * Reads whole records from an offset that an earlier call returned (0 = the beginning), at most about 4 MB of them, so
 * that a journal of any size is read in bounded memory: call again from `nextOffset` while `more`. A journal that does
 * not exist yet has no records.
 * @throws UserError `journal-damaged` naming file and offset, `format-newer`
 */
export function readJournal(file: string, fromOffset = 0): JournalBlock {
  const records: JournalRecord[] = [];
  let arena: Arena | undefined;
  const { nextOffset, torn, more } = scanBlock(file, fromOffset, (found, blockBytes) => {
    arena ??= new Arena(blockBytes);
    records.push(decode(found, file, arena));
  });
  return { records, nextOffset, torn, more };
}

/** All records of a journal from an offset on, read block by block. */
export function* journalRecords(file: string, fromOffset = 0): Generator<JournalRecord, void> {
  for (let offset = fromOffset, more = true; more; ) {
    const block = readJournal(file, offset);
    yield* block.records;
    ({ nextOffset: offset, more } = block);
  }
}

/** A whole record whose checksum holds; `payload` is only valid until the next record is read. */
interface FoundRecord extends RecordPlace {
  readonly kind: number;
  readonly payload: Buffer;
}

type BlockEnd = Omit<JournalBlock, "records">;

/** Where {@link scanRecords} reads a block; records are copied out, and no two blocks are read at the same time. */
const sharedBlock = Buffer.allocUnsafe(BLOCK_BYTES);

/** Calls `take` with every whole record of one block. */
function scanBlock(
  file: string,
  fromOffset: number,
  take: (record: FoundRecord, blockBytes: number) => void,
): BlockEnd {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return { nextOffset: 0, torn: false, more: false };
    throw error;
  }
  try {
    // The size is taken once: what a living writer appends meanwhile belongs to the next call.
    const size = fstatSync(descriptor).size;
    if (size < fromOffset) throw damaged(file, size, `it ends here but reached to offset ${fromOffset} before`);
    let offset = fromOffset;
    if (offset < HEADER.length) {
      if (!checkHeader(descriptor, file, size)) return { nextOffset: 0, torn: size > 0, more: false };
      offset = HEADER.length;
    }
    return scanRecords(descriptor, file, offset, size, take);
  } finally {
    closeSync(descriptor);
  }
}

function scanRecords(
  descriptor: number,
  file: string,
  fromOffset: number,
  size: number,
  take: (record: FoundRecord, blockBytes: number) => void,
): BlockEnd {
  const length = Math.min(BLOCK_BYTES, size - fromOffset);
  const block = readAt(descriptor, fromOffset, length, sharedBlock);
  const end = fromOffset + block.length;
  let offset = fromOffset;
  while (offset < end) {
    const found = wholeRecordAt(block, offset - fromOffset, offset);
    if (typeof found === "object") {
      if (found.kind !== kinds.skip) take(found, length);
      offset += FRAME_BYTES + found.payload.length;
      continue;
    }
    const needed = offset + found;
    if (needed > end && needed <= size) break; // goes on behind this block
    const next = findWholeRecord(descriptor, offset + 1, size);
    if (next === undefined) return { nextOffset: offset, torn: true, more: false };
    if (next.kind !== kinds.skip || next.payload.readDoubleLE(PREFIX_BYTES) !== offset) {
      throw damaged(file, offset, `its checksum is wrong and a whole record follows at offset ${next.offset}`);
    }
    offset = next.offset + FRAME_BYTES + next.payload.length;
    if (offset > end) break;
  }
  return { nextOffset: offset, torn: false, more: offset < size };
}

/**
 * The record at `at` of `block` when it is whole; else the number of bytes it would need to be judged: more than the
 * block holds when it may go on behind it, 0 when it is no record.
 */
function wholeRecordAt(block: Buffer, at: number, offset: number): FoundRecord | number {
  const available = block.length - at;
  if (available < FRAME_BYTES + PREFIX_BYTES) return FRAME_BYTES + PREFIX_BYTES;
  const length = block.readUInt32LE(at);
  if (length < PREFIX_BYTES || length > MAX_PAYLOAD_BYTES) return 0;
  const kind = block.readUInt8(at + FRAME_BYTES);
  const sequence = block.readDoubleLE(at + FRAME_BYTES + 5);
  // Cheap tests first: where every byte is tried (see findWholeRecord) almost none reaches the checksum.
  if (kind < kinds.metrics || kind > kinds.skip || !Number.isSafeInteger(sequence) || sequence < 0) return 0;
  if (available < FRAME_BYTES + length) return FRAME_BYTES + length;
  const payload = block.subarray(at + FRAME_BYTES, at + FRAME_BYTES + length);
  if (crc32(payload) !== block.readUInt32LE(at + 4)) return 0;
  return { kind, attempt: payload.readUInt32LE(1), sequence, offset, payload };
}

/** The first whole record that begins at or behind an offset, whatever lies before it. */
function findWholeRecord(descriptor: number, fromOffset: number, size: number): FoundRecord | undefined {
  for (let from = fromOffset; from < size; from += BLOCK_BYTES) {
    const block = readAt(descriptor, from, Math.min(BLOCK_BYTES + FRAME_BYTES + PREFIX_BYTES, size - from));
    for (let at = 0; at < Math.min(BLOCK_BYTES, block.length); at++) {
      let found = wholeRecordAt(block, at, from + at);
      if (typeof found === "number" && found > block.length - at && from + at + found <= size) {
        found = wholeRecordAt(readAt(descriptor, from + at, found), 0, from + at);
      }
      if (typeof found === "object") return found;
    }
  }
  return undefined;
}

/** False when the file ends within the header. */
function checkHeader(descriptor: number, file: string, size: number): boolean {
  const header = readAt(descriptor, 0, Math.min(HEADER.length, size));
  const known = Math.min(MAGIC.length, header.length);
  if (header.compare(HEADER, 0, known, 0, known) !== 0) throw damaged(file, 0, "it does not begin as a journal does");
  if (header.length < HEADER.length) return false;
  const version = header.readUInt16LE(MAGIC.length);
  if (version > JOURNAL_VERSION) throw newerFormat("Journal", file, version, JOURNAL_VERSION);
  if (version !== JOURNAL_VERSION) throw damaged(file, MAGIC.length, `there is no format version ${version}`);
  return true;
}

function readAt(descriptor: number, offset: number, length: number, bytes = Buffer.allocUnsafe(length)): Buffer {
  let done = 0;
  while (done < length) {
    const read = readSync(descriptor, bytes, done, length - done, offset + done);
    if (read === 0) break;
    done += read;
  }
  return bytes.subarray(0, done);
}

function decode({ kind, payload, attempt, sequence, offset }: FoundRecord, file: string, arena: Arena): JournalRecord {
  const body = payload.subarray(PREFIX_BYTES);
  if (kind === kinds.points) {
    const n = body.length < 4 ? -1 : body.readUInt32LE(0);
    if (body.length !== 4 + n * POINT_BYTES) throw damaged(file, offset, `${n} points do not fit ${body.length} bytes`);
    return { kind: "points", attempt, sequence, offset, ...arena.points(body, n) };
  }
  const value = parseJson(body, file, offset);
  if (kind === kinds.event) return { kind: "event", attempt, sequence, offset, event: value };
  const metrics = metricsSchema.safeParse(value);
  if (!metrics.success) throw damaged(file, offset, "it declares no metrics");
  return { kind: "metrics", attempt, sequence, offset, metrics: metrics.data };
}

function parseJson(body: Buffer, file: string, offset: number): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw damaged(file, offset, "its text is no JSON");
  }
}

/**
 * Memory for the columns of one block's points: one buffer instead of one for each of thousands of small records. The
 * columns take less than the records themselves, alignment included.
 */
class Arena {
  private readonly buffer: ArrayBuffer;
  private used = 0;

  constructor(bytes: number) {
    this.buffer = new ArrayBuffer(bytes);
  }

  points(body: Buffer, n: number): PointColumns {
    // The eight-byte columns first, so that every column is aligned.
    const start = this.used;
    const step = new Float64Array(this.buffer, start, n);
    const wallSeconds = new Float64Array(this.buffer, start + n * 8, n);
    const value = new Float64Array(this.buffer, start + n * 16, n);
    const iteration = new Uint32Array(this.buffer, start + n * 24, n);
    const metric = new Uint16Array(this.buffer, start + n * 28, n);
    this.used += Math.ceil((n * POINT_BYTES) / 8) * 8;

    let at = 4;
    for (const column of [metric, iteration, step, wallSeconds, value]) {
      body.copy(new Uint8Array(this.buffer, column.byteOffset, column.byteLength), 0, at);
      at += column.byteLength;
    }
    return { metric, iteration, step, wallSeconds, value };
  }
}

/**
 * Appends one attempt's records. Records wait in memory until {@link flush}; {@link sync} also waits for the disk. Only
 * one writer a file: the run's lock sees to it. When a write fails (full disk), what was not written waits for the next
 * flush.
 */
export class JournalWriter {
  private readonly file: string;
  private readonly descriptor: number;
  private readonly attempt: number;
  private sequence: number;
  private metricCount = 0;

  private pending = Buffer.allocUnsafe(2 * FLUSH_BYTES);
  private pendingBytes = 0;
  /** Where each pending record ends, so that a write that stops short knows which of them are whole. */
  private pendingEnds: number[] = [];

  private fileBytes: number;
  /** Where the whole records end; what lies between here and the file's end is torn. */
  private wholeBytes: number;

  /**
   * Opens or makes a journal and goes on behind its last whole record.
   * @throws UserError `journal-damaged`, `format-newer`, `not-writable`, `disk-full`
   */
  static open(file: string, options: { readonly attempt: number }): JournalWriter {
    let sequence = 0;
    let end: BlockEnd = { nextOffset: 0, torn: false, more: true };
    while (end.more) {
      end = scanBlock(file, end.nextOffset, (record) => {
        if (record.attempt === options.attempt) sequence = record.sequence + 1;
      });
    }
    return new JournalWriter(file, options.attempt, sequence, end.nextOffset);
  }

  private constructor(file: string, attempt: number, sequence: number, wholeBytes: number) {
    this.file = file;
    this.attempt = attempt;
    this.sequence = sequence;
    try {
      this.descriptor = openSync(file, "a");
    } catch (error) {
      throw fileError(error, file);
    }
    this.fileBytes = fstatSync(this.descriptor).size;
    this.wholeBytes = wholeBytes;
    if (wholeBytes > 0) return;
    // A new file, or one that was killed within its header, whose rest then follows.
    this.write(HEADER.subarray(this.fileBytes));
    this.wholeBytes = this.fileBytes;
    syncFolder(path.dirname(file));
  }

  /** Gives a metric its number within this attempt. */
  declareMetric(id: string): number {
    const index = this.metricCount++;
    if (index > 0xffff) throw new RangeError(`more than 65,536 metrics in ${this.file}`);
    this.json(kinds.metrics, [{ index, id }]);
    return index;
  }

  /** Throws a RangeError when the columns differ in length or name a metric that was not declared. */
  points(columns: PointColumns): void {
    const { metric, iteration, step, wallSeconds, value } = columns;
    const total = metric.length;
    for (const column of [iteration, step, wallSeconds, value]) {
      if (column.length !== total) throw new RangeError(`columns of ${total} and ${column.length} points`);
    }
    for (let i = 0; i < total; i++) {
      if ((metric[i] as number) >= this.metricCount) throw new RangeError(`metric ${metric[i]} was not declared`);
    }
    for (let from = 0; from < total; from += MAX_POINTS) {
      const n = Math.min(MAX_POINTS, total - from);
      let at = this.begin(kinds.points, 4 + n * POINT_BYTES);
      at = this.pending.writeUInt32LE(n, at);
      for (const column of [metric, iteration, step, wallSeconds, value]) {
        const width = column.BYTES_PER_ELEMENT;
        this.pending.set(new Uint8Array(column.buffer, column.byteOffset + from * width, n * width), at);
        at += n * width;
      }
      this.end(at);
    }
  }

  /** Appends an event as JSON: a {@link RunEvent} in a run's journal. */
  event(event: unknown): void {
    this.json(kinds.event, event);
  }

  /** Hands everything to the system, so that it survives a kill of this process. */
  flush(): void {
    if (this.pendingBytes === 0) return;
    if (this.wholeBytes < this.fileBytes) this.skipTorn();
    const start = this.fileBytes;
    try {
      this.write(this.pending.subarray(0, this.pendingBytes));
    } finally {
      const written = this.fileBytes - start;
      const whole = this.pendingEnds.findLast((end) => end <= written) ?? 0;
      this.wholeBytes = start + whole;
      this.pending.copyWithin(0, whole, this.pendingBytes);
      this.pendingBytes -= whole;
      this.pendingEnds = this.pendingEnds.filter((end) => end > whole).map((end) => end - whole);
    }
  }

  /** Flushes and waits until everything is on the disk. */
  sync(): void {
    this.flush();
    fsyncSync(this.descriptor);
  }

  close(): void {
    try {
      this.sync();
    } finally {
      closeSync(this.descriptor);
    }
  }

  private json(kind: number, value: unknown): void {
    const body = Buffer.from(JSON.stringify(value));
    const at = this.begin(kind, body.length);
    this.pending.set(body, at);
    this.end(at + body.length);
  }

  /** Writes a record's prefix; returns where its body goes. */
  private begin(kind: number, bodyBytes: number): number {
    const bytes = FRAME_BYTES + PREFIX_BYTES + bodyBytes;
    if (bytes - FRAME_BYTES > MAX_PAYLOAD_BYTES) throw new RangeError(`a journal record of ${bytes} bytes is too long`);
    if (this.pendingBytes >= FLUSH_BYTES) this.flush();
    if (this.pendingBytes + bytes > this.pending.length) {
      const larger = Buffer.allocUnsafe(2 * (this.pendingBytes + bytes));
      this.pending.copy(larger, 0, 0, this.pendingBytes);
      this.pending = larger;
    }
    let at = this.pending.writeUInt32LE(bytes - FRAME_BYTES, this.pendingBytes);
    at = this.pending.writeUInt8(kind, at + 4);
    at = this.pending.writeUInt32LE(this.attempt, at);
    return this.pending.writeDoubleLE(this.sequence, at);
  }

  /** Closes the record that ends at `at`. */
  private end(at: number): void {
    const payload = this.pending.subarray(this.pendingBytes + FRAME_BYTES, at);
    this.pending.writeUInt32LE(crc32(payload), this.pendingBytes + 4);
    this.pendingBytes = at;
    this.pendingEnds.push(at);
    this.sequence++;
  }

  /** Lets readers pass over the torn bytes at the file's end. Takes no sequence number of its own. */
  private skipTorn(): void {
    const record = Buffer.alloc(FRAME_BYTES + PREFIX_BYTES + 8);
    record.writeUInt32LE(PREFIX_BYTES + 8, 0);
    record.writeUInt8(kinds.skip, FRAME_BYTES);
    record.writeUInt32LE(this.attempt, FRAME_BYTES + 1);
    record.writeDoubleLE(this.sequence - this.pendingEnds.length, FRAME_BYTES + 5);
    record.writeDoubleLE(this.wholeBytes, FRAME_BYTES + PREFIX_BYTES);
    record.writeUInt32LE(crc32(record.subarray(FRAME_BYTES)), 4);
    this.write(record);
    this.wholeBytes = this.fileBytes;
  }

  private write(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length; ) {
        const written = writeSync(this.descriptor, bytes, done, bytes.length - done);
        done += written;
        this.fileBytes += written;
      }
    } catch (error) {
      throw fileError(error, this.file);
    }
  }
}
