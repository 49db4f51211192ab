import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { RecentFolders } from "../../../main/desktop/recent-folders.ts";

let base: string;
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), "edgeloom-recent-"));
});
afterEach(() => rmSync(base, { recursive: true }));

const shared = () => path.join(base, "shared");
function folder(name: string): string {
  const made = path.join(base, name);
  mkdirSync(made, { recursive: true });
  return made;
}

it("has the last one first, each once, and at most ten", () => {
  const recent = new RecentFolders(shared());
  expect(recent.list()).toEqual([]);
  const folders = Array.from({ length: 12 }, (_, index) => folder(`data-${index}`));
  for (const each of folders) recent.add(each);
  recent.add(folders[5] ?? "");
  const list = recent.list();
  expect(list).toHaveLength(10);
  expect(list.slice(0, 2)).toEqual([folders[5], folders[11]]);
  expect(new Set(list).size).toBe(10);
});

it("is shared by processes, and leaves out what is no longer a folder", () => {
  const one = new RecentFolders(shared());
  const other = new RecentFolders(shared());
  const kept = folder("kept");
  const gone = folder("gone");
  one.add(gone);
  other.add(kept);
  rmSync(gone, { recursive: true });
  expect(one.list()).toEqual([kept]);
  one.add(kept);
  expect(JSON.parse(readFileSync(path.join(shared(), "recent.json"), "utf8"))).toEqual([kept]);
});

it("forgets all but the open one", () => {
  const recent = new RecentFolders(shared());
  const open = folder("open");
  for (const each of [folder("a"), folder("b"), open]) recent.add(each);
  recent.clear(open);
  expect(recent.list()).toEqual([open]);
});

it.each(["{", '"text"', "[1, 2]"])("takes a damaged list for none: %s", (content) => {
  mkdirSync(shared());
  writeFileSync(path.join(shared(), "recent.json"), content);
  expect(new RecentFolders(shared()).list()).toEqual([]);
});
