import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ShellLog } from "../../../main/desktop/log.ts";
import { Preferences } from "../../../main/desktop/preferences.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "edgeloom-preferences-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const fresh = { bounds: null, maximized: false, theme: "system", whenClosing: "ask", notifications: true };

it("begins with the system's appearance and asks at closing", () => {
  expect(new Preferences(folder).values).toEqual(fresh);
});

it("comes back as it was set", () => {
  const bounds = { x: 10, y: 20, width: 1000, height: 700 };
  new Preferences(folder).set({ bounds, whenClosing: "pause" });
  new Preferences(folder).set({ theme: "dark" });
  expect(new Preferences(folder).values).toEqual({ ...fresh, bounds, theme: "dark", whenClosing: "pause" });
  expect(new Preferences(folder).shared).toEqual({ theme: "dark", whenClosing: "pause", notifications: true });
});

it.each(["{", "[]", '{"theme":"pink"}', '{"bounds":{"x":"left"}}'])("takes a damaged file for none: %s", (content) => {
  writeFileSync(path.join(folder, "desktop.json"), content);
  expect(new Preferences(folder).values).toEqual(fresh);
});

it("moves a full log aside, so that the two files stay bounded", () => {
  const log = new ShellLog(folder);
  for (let line = 0; line < 300; line++) log.write("x".repeat(10_000));
  const sizes = [log.file, `${log.file}.1`].map((file) => readFileSync(file).length);
  expect(Math.max(...sizes)).toBeLessThan(1_100_000);
  expect(sizes[1]).toBeGreaterThan(1_000_000);
});
