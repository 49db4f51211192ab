import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { containedFile, isExternalLink, isInside } from "../../../main/desktop/containment.ts";

const root = path.resolve("/app/out/renderer");

describe("containedFile", () => {
  it("answers the file below the root", () => {
    expect(containedFile(root, "app://edgeloom/index.html")).toBe(path.join(root, "index.html"));
    expect(containedFile(root, "app://edgeloom/assets/a%20b.js?x#y")).toBe(path.join(root, "assets", "a b.js"));
    expect(containedFile(root, "app://edgeloom/..a/b.js")).toBe(path.join(root, "..a", "b.js"));
  });

  it.each([
    ["encoded dots", "app://edgeloom/%2e%2e/%2e%2e/etc/passwd"],
    ["an encoded slash after dots", "app://edgeloom/..%2f..%2fetc/passwd"],
    ["a backslash", "app://edgeloom/..%5c..%5cwindows"],
    ["a NUL", "app://edgeloom/index.html%00.png"],
    ["a broken escape", "app://edgeloom/%zz"],
    ["another host", "app://elsewhere/index.html"],
    ["another scheme", "file:///etc/passwd"],
    ["no address", "not an address"],
  ])("refuses %s", (_name, address) => {
    const file = containedFile(root, address);
    expect(file === undefined || isInside(root, file)).toBe(true);
    if (address.includes("..%2f") || !address.startsWith("app://edgeloom/")) expect(file).toBeUndefined();
  });

  it("never leaves the root, whatever the path", () => {
    const piece = fc.constantFrom("..", ".", "%2e%2e", "%2f", "%5c", "/", "a", "%252e", "", "C:", "~");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const file = containedFile(root, `app://edgeloom/${pieces.join("/")}`);
        expect(file === undefined || file === root || file.startsWith(root + path.sep)).toBe(true);
      }),
    );
  });
});

describe("isInside", () => {
  it("tells a folder's contents from its neighbours", () => {
    expect(isInside("/data", "/data")).toBe(true);
    expect(isInside("/data", "/data/runs/a")).toBe(true);
    expect(isInside("/data", "/database")).toBe(false);
    expect(isInside("/data", "/data/../etc")).toBe(false);
    expect(isInside("/data", "/")).toBe(false);
  });
});

describe("isExternalLink", () => {
  it("lets only https leave the program", () => {
    expect(isExternalLink("https://example.org/paper")).toBe(true);
    for (const address of ["http://example.org", "file:///etc/passwd", "javascript:1", "smb://host/share", "nothing"]) {
      expect(isExternalLink(address)).toBe(false);
    }
  });
});
