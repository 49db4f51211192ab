import { describe, expect, it } from "vitest";
import { decodeValue, encodeValue, FrameError, FrameReader, frame } from "../../../main/link/frames.ts";

/** What Node 20.20 (V8 11.3) writes for {@link sample}; Electron 33 is of the same age. */
const NODE_20_BYTES =
  "ff0f6f22016149022201665c0808000000000000f83f2201732201e922016e302201755f22016c41034902220178542400037b06";
const sample = { a: 1, f: new Float64Array([1.5]), s: "é", n: null, u: undefined, l: [1, "x", true] };

function readAll(stream: Buffer, pieceBytes: number, maximum = 1_000_000): unknown[] {
  const reader = new FrameReader(maximum);
  const values: unknown[] = [];
  for (let at = 0; at < stream.length; at += pieceBytes) {
    reader.push(stream.subarray(at, at + pieceBytes), (payload) => values.push(decodeValue(payload)));
  }
  return values;
}

describe("frames of the local socket", () => {
  it("writes the bytes that Node 20 writes and reads the bytes that Node 20 wrote", () => {
    expect(encodeValue(sample).toString("hex")).toBe(NODE_20_BYTES);
    expect(decodeValue(Buffer.from(NODE_20_BYTES, "hex"))).toEqual(sample);
  });

  it.each([1, 3, 7, 64, 100_000])("come out whole from pieces of %i bytes", (pieceBytes) => {
    const values = [sample, { big: new Float64Array(3000).fill(0.25) }, "", 7];
    const stream = Buffer.concat(values.map((value) => frame(encodeValue(value))));
    expect(readAll(stream, pieceBytes)).toEqual(values);
  });

  it("gives a column memory of its own, not a view into the frame", () => {
    const [column] = readAll(frame(encodeValue(new Float64Array([1, 2]))), 1000) as [Float64Array];
    expect(column.buffer.byteLength).toBe(16);
  });

  it("refuses a length beyond the maximum before the payload arrives", () => {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(1001);
    expect(() => readAll(head, 4, 1000)).toThrow(FrameError);
    expect(() => readAll(Buffer.alloc(4), 4, 1000)).toThrow("0 bytes");
  });

  it("refuses bytes that are no structured clone", () => {
    expect(() => decodeValue(Buffer.from("not a clone"))).toThrow(FrameError);
    expect(() => decodeValue(Buffer.from("ff0f5c6308", "hex"))).toThrow(FrameError);
  });
});
