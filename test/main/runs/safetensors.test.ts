import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeSafetensors, encodeSafetensors, type TensorMap } from "../../../main/runs/safetensors.ts";

const dataArbitrary = fc.oneof(
  fc.float32Array({ maxLength: 20 }),
  fc.float64Array({ maxLength: 20 }),
  fc.int32Array({ maxLength: 20 }),
  fc.uint32Array({ maxLength: 20 }),
  fc.uint8Array({ maxLength: 20 }),
);
const tensorsArbitrary = fc
  .dictionary(
    fc.string().filter((name) => name !== "__metadata__"),
    dataArbitrary,
  )
  .map(
    (map): TensorMap => Object.fromEntries(Object.entries(map).map(([k, data]) => [k, { shape: [data.length], data }])),
  );

/** A file with the given header over `bytes` bytes of values. */
function fileWith(header: unknown, bytes: number): Uint8Array {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(bytes)]);
}

const f32 = (begin: number, end: number, shape: unknown = [(end - begin) / 4]) => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

describe("safetensors", () => {
  it("gives back every tensor with shape, type and bits", () => {
    fc.assert(
      fc.property(tensorsArbitrary, fc.dictionary(fc.string(), fc.string()), (tensors, metadata) => {
        const read = decodeSafetensors(encodeSafetensors(tensors, metadata), "file");
        expect(Object.keys(read.tensors).sort()).toEqual(Object.keys(tensors).sort());
        for (const [name, { shape, data }] of Object.entries(tensors)) {
          const copy = read.tensors[name]!;
          expect(copy.shape).toEqual(shape);
          expect(copy.data.constructor).toBe(data.constructor);
          expect(Buffer.from(copy.data.buffer)).toEqual(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
        }
        expect({ ...read.metadata }).toEqual({ ...metadata });
      }),
    );
  });

  it("is laid out as other programs read it: aligned, widest type first, the same whatever the order of names", () => {
    const a = { shape: [2], data: Float32Array.of(1, 2) };
    const b = { shape: [1, 1], data: Float64Array.of(3) };
    const c = { shape: [3], data: Uint8Array.of(4, 5, 6) };
    const bytes = encodeSafetensors({ a, b, c }, { epoch: "3" });
    expect(encodeSafetensors({ c, b, a }, { epoch: "3" })).toEqual(bytes);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const headerBytes = Number(view.getBigUint64(0, true));
    expect((8 + headerBytes) % 8).toBe(0);
    expect(JSON.parse(Buffer.from(bytes.subarray(8, 8 + headerBytes)).toString())).toEqual({
      __metadata__: { epoch: "3" },
      b: { dtype: "F64", shape: [1, 1], data_offsets: [0, 8] },
      a: { dtype: "F32", shape: [2], data_offsets: [8, 16] },
      c: { dtype: "U8", shape: [3], data_offsets: [16, 19] },
    });
    expect(view.getFloat64(8 + headerBytes, true)).toBe(3);
  });

  it("refuses to write a tensor whose shape does not fit its data", () => {
    expect(() => encodeSafetensors({ w: { shape: [2, 2], data: new Float32Array(3) } })).toThrow("[2,2]");
  });

  it("is refused when truncated anywhere", () => {
    const bytes = encodeSafetensors({ a: { shape: [5], data: new Float32Array(5) } });
    for (let size = 0; size < bytes.length; size++) {
      expect(() => decodeSafetensors(bytes.subarray(0, size), "the file")).toThrow(
        expect.objectContaining({ code: "tensors-damaged", message: expect.stringContaining("the file is damaged") }),
      );
    }
  });

  it.each([
    ["a header longer than the file", Buffer.from([255, 255, 255, 255, 255, 255, 255, 255, 0]), "header would end"],
    ["a header that is no JSON", fileWith("{", 0), "no JSON object"],
    ["a header that is a list", fileWith([], 0), "no JSON object"],
    ["an unknown type", fileWith({ a: { dtype: "BF16", shape: [1], data_offsets: [0, 2] } }, 2), "no valid dtype"],
    ["a negative size", fileWith({ a: f32(0, 4, [-1]) }, 4), "no valid dtype"],
    ["a fractional place", fileWith({ a: f32(0.5, 4.5) }, 5), "no valid dtype"],
    ["a place beyond the end", fileWith({ a: f32(0, 8) }, 4), "lies at bytes 0 to 8 of 4"],
    ["a shape that does not fit its place", fileWith({ a: f32(0, 8, [3]) }, 8), "does not fit 8 bytes"],
    ["a size beyond all numbers", fileWith({ a: f32(0, 8, [2 ** 40, 2 ** 40]) }, 8), "does not fit 8 bytes"],
    ["overlapping tensors", fileWith({ a: f32(0, 8), b: f32(4, 12) }, 12), "b begins at byte 4, not 8"],
    ["a gap between tensors", fileWith({ a: f32(0, 4), b: f32(8, 12) }, 12), "b begins at byte 8, not 4"],
    ["bytes behind the last tensor", fileWith({ a: f32(0, 4) }, 5), "end at byte 4 of 5"],
    ["metadata that is no text", fileWith({ __metadata__: { a: 1 } }, 0), "metadata a is no text"],
  ])("is refused with %s", (_name, bytes, message) => {
    expect(() => decodeSafetensors(bytes, "file")).toThrow(message);
  });
});
