/**
 * Frames of the local socket: `u32 length, little-endian | payload`. A payload is a structured clone (`v8.serialize`),
 * so typed columns cross as bytes; only the two frames of the handshake are JSON, which peers of any version can read.
 */
import v8 from "node:v8";

/** Longest payload an engine takes from a client: requests are small. */
export const MAXIMUM_REQUEST_BYTES = 4 * 1024 * 1024;
/** Longest payload a client takes from the engine: a series of a million points is 24 MB. */
export const MAXIMUM_ANSWER_BYTES = 64 * 1024 * 1024;

const HEADER_BYTES = 4;

/** Version of V8's clone format as this process writes it; a peer that writes another one is refused by name. */
export const SERIALIZATION_VERSION = v8.serialize(0)[1] ?? 0;

/** A peer sent something that is not a frame; its connection is closed, nothing else happens. */
export class FrameError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "FrameError";
  }
}

/** Puts the length before a payload. */
export function frame(payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + payload.byteLength);
  bytes.writeUInt32LE(payload.byteLength, 0);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

export function encodeValue(value: unknown): Buffer {
  return v8.serialize(value);
}

/**
 * Reads a structured clone. Columns get memory of their own: a view into the frame would keep the whole frame alive and
 * would take it along when it is cloned again towards the window.
 * @throws FrameError when the bytes are not a structured clone.
 */
export function decodeValue(payload: Uint8Array): unknown {
  try {
    const reader = new ColumnReader(payload);
    reader.readHeader();
    return reader.readValue();
  } catch (error) {
    throw new FrameError(`not a structured clone: ${error instanceof Error ? error.message : String(error)}`);
  }
}

class ColumnReader extends v8.DefaultDeserializer {
  _readHostObject(): unknown {
    // @types/node leaves out this documented hook, which DefaultDeserializer implements for typed arrays.
    const inherited: unknown = Reflect.get(v8.DefaultDeserializer.prototype, "_readHostObject");
    if (typeof inherited !== "function") throw new FrameError("this Node cannot read typed arrays");
    const view: unknown = Reflect.apply(inherited, this, []);
    return view instanceof Float64Array ? view.slice() : view;
  }
}

/** Cuts a byte stream into payloads, whatever the pieces in which it arrives. */
export class FrameReader {
  private readonly maximumBytes: number;
  private pieces: Buffer[] = [];
  private held = 0;
  private needed = HEADER_BYTES;
  private inPayload = false;

  constructor(maximumBytes: number) {
    this.maximumBytes = maximumBytes;
  }

  /**
   * Takes a piece of the stream and hands over each payload that it completes.
   * @throws FrameError when a length is beyond the maximum; the stream cannot be read on after that.
   */
  push(piece: Buffer, payload: (bytes: Buffer) => void): void {
    this.pieces.push(piece);
    this.held += piece.length;
    while (this.held >= this.needed) {
      const bytes = this.take(this.needed);
      if (this.inPayload) {
        this.inPayload = false;
        this.needed = HEADER_BYTES;
        payload(bytes);
        continue;
      }
      const length = bytes.readUInt32LE(0);
      if (length === 0 || length > this.maximumBytes) {
        throw new FrameError(`a frame of ${length} bytes; at most ${this.maximumBytes} are allowed`);
      }
      this.inPayload = true;
      this.needed = length;
    }
  }

  private take(count: number): Buffer {
    const first = this.pieces[0];
    // The usual case, a frame within one piece, needs no copy.
    if (first !== undefined && first.length >= count) {
      if (first.length === count) this.pieces.shift();
      else this.pieces[0] = first.subarray(count);
      this.held -= count;
      return first.subarray(0, count);
    }
    const all = Buffer.concat(this.pieces, this.held);
    this.pieces = all.length === count ? [] : [all.subarray(count)];
    this.held -= count;
    return all.subarray(0, count);
  }
}
