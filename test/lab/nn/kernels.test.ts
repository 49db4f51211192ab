import { describe, expect, it } from "vitest";
import { compileKernels, relaxedSimdSupported } from "../../../lab/nn/wasm/kernels.ts";

/** A module of version 1 with nothing in it. */
const EMPTY = Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);

describe("compileKernels", () => {
  it("names the build by variant and the first 12 digits of the hash", () => {
    expect(compileKernels(EMPTY, "relaxed", `0123456789abcdef${"0".repeat(48)}`).build).toBe("relaxed-0123456789ab");
  });

  it("refuses what is no hash and what is no module", () => {
    expect(() => compileKernels(EMPTY, "plain", "abc")).toThrow(/not a SHA-256/);
    expect(() => compileKernels(Uint8Array.from([1, 2, 3]), "plain", "0".repeat(64))).toThrow(WebAssembly.CompileError);
  });
});

describe("relaxedSimdSupported", () => {
  it("is true for this program's own engine", () => {
    expect(relaxedSimdSupported()).toBe(true);
  });
});
