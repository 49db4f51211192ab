/**
 * Named tensors in one file, in the safetensors format (github.com/huggingface/safetensors): u64 length of the header,
 * the header as JSON {name: {dtype, shape, data_offsets}}, then the values, little-endian, without gaps. The same
 * tensors always give the same bytes.
 */
import { UserError } from "../platform/user-error.ts";

export type TensorData = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export type TensorMap = Readonly<Record<string, StoredTensor>>;

const METADATA = "__metadata__";
const LENGTH_BYTES = 8;
/** The values start at a multiple of the widest type, so that a reader may map them. */
const ALIGNMENT = 8;

const types = {
  F64: Float64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  U8: Uint8Array,
} as const;
type TypeName = keyof typeof types;
const typeNames = Object.keys(types) as TypeName[];

function typeNameOf(data: TensorData): TypeName {
  return typeNames.find((name) => data instanceof types[name]) as TypeName;
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** @throws RangeError when a tensor's shape does not fit its data. */
export function encodeSafetensors(tensors: TensorMap, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  // Widest type first (the order of `types`), then by name: every tensor lies aligned without padding between them.
  const entries = Object.entries(tensors).map(([name, tensor]) => ({ name, tensor, type: typeNameOf(tensor.data) }));
  entries.sort((a, b) => typeNames.indexOf(a.type) - typeNames.indexOf(b.type) || (a.name < b.name ? -1 : 1));

  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [[METADATA, metadata]] : [];
  let end = 0;
  for (const { name, tensor, type } of entries) {
    if (name === METADATA || count(tensor.shape) !== tensor.data.length) {
      throw new RangeError(`tensor ${name} of shape [${tensor.shape}] cannot hold ${tensor.data.length} values`);
    }
    const begin = end;
    end += tensor.data.byteLength;
    header.push([name, { dtype: type, shape: tensor.shape, data_offsets: [begin, end] }]);
  }

  const text = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const headerBytes = Math.ceil((LENGTH_BYTES + text.length) / ALIGNMENT) * ALIGNMENT - LENGTH_BYTES;
  const bytes = Buffer.alloc(LENGTH_BYTES + headerBytes + end, " ");
  bytes.writeBigUInt64LE(BigInt(headerBytes), 0);
  text.copy(bytes, LENGTH_BYTES);
  let at = LENGTH_BYTES + headerBytes;
  for (const { tensor } of entries) {
    bytes.set(new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength), at);
    at += tensor.data.byteLength;
  }
  return bytes;
}

/**
 * Copies every tensor out of a file's bytes.
 * @param file name for messages
 * @throws UserError `tensors-damaged` when the header or a tensor's place in the file is not as the format says
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  file: string,
): { tensors: TensorMap; metadata: Record<string, string> } {
  const damaged = (why: string) =>
    new UserError("tensors-damaged", `${file} is damaged: ${why}.`, "Use an earlier checkpoint or a copy.");
  if (bytes.length < LENGTH_BYTES) throw damaged(`it has only ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = LENGTH_BYTES + Number(view.getBigUint64(0, true));
  if (start > bytes.length) throw damaged(`its header would end at byte ${start} of ${bytes.length}`);

  const header = parseHeader(Buffer.from(bytes.buffer, bytes.byteOffset + LENGTH_BYTES, start - LENGTH_BYTES));
  if (header === undefined) throw damaged("its header is no JSON object");

  const metadata: [string, string][] = [];
  const places: { name: string; type: TypeName; shape: number[]; begin: number; end: number }[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === METADATA) {
      if (!isRecord(entry)) throw damaged("its metadata is no object");
      for (const [key, value] of Object.entries(entry)) {
        if (typeof value !== "string") throw damaged(`its metadata ${key} is no text`);
        metadata.push([key, value]);
      }
      continue;
    }
    const place = parsePlace(entry);
    if (place === undefined) throw damaged(`tensor ${name} has no valid dtype, shape and data_offsets`);
    const { type, shape, begin, end } = place;
    if (begin > end || end > bytes.length - start) {
      throw damaged(`tensor ${name} lies at bytes ${begin} to ${end} of ${bytes.length - start}`);
    }
    if (count(shape) * types[type].BYTES_PER_ELEMENT !== end - begin) {
      throw damaged(`tensor ${name} of shape [${shape}] and type ${type} does not fit ${end - begin} bytes`);
    }
    places.push({ name, ...place });
  }

  // Sorted by place, each tensor must begin where the one before it ends: no overlap, no gap, nothing left over.
  places.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let expected = 0;
  for (const { name, begin, end } of places) {
    if (begin !== expected) throw damaged(`tensor ${name} begins at byte ${begin}, not ${expected}`);
    expected = end;
  }
  if (expected !== bytes.length - start) {
    throw damaged(`its tensors end at byte ${expected} of ${bytes.length - start}`);
  }

  const tensors = places.map(({ name, type, shape, begin, end }): [string, StoredTensor] => {
    const values = new Uint8Array(end - begin); // an own copy, aligned for any type
    values.set(bytes.subarray(start + begin, start + end));
    return [name, { shape, data: new types[type](values.buffer, 0, count(shape)) }];
  });
  return { tensors: Object.fromEntries(tensors), metadata: Object.fromEntries(metadata) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseHeader(text: Buffer): Record<string, unknown> | undefined {
  try {
    const header: unknown = JSON.parse(text.toString("utf8"));
    return isRecord(header) ? header : undefined;
  } catch {
    return undefined; // the caller names the file
  }
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function parsePlace(entry: unknown): { type: TypeName; shape: number[]; begin: number; end: number } | undefined {
  if (!isRecord(entry)) return undefined;
  const { dtype, shape, data_offsets: offsets } = entry;
  const type = typeNames.find((name) => name === dtype);
  if (type === undefined || !Array.isArray(shape) || !shape.every(isSize)) return undefined;
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) return undefined;
  return { type, shape, begin: offsets[0] as number, end: offsets[1] as number };
}
