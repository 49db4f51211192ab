import { beforeAll, describe, expect, it } from "vitest";
import { accelerator, commandMenus, roleKeys, shellKeys } from "../../main/desktop/menu-layout.ts";
import { commandGroups, menuCommandsSchema, shellActionSchema } from "../../preload/contract.ts";
import type { Command } from "../../renderer/commands/command.ts";
import { type KeyPress, normalKeys, pressedKeys, shownKeys, worksInFields } from "../../renderer/model/keys.ts";
import { findMatches } from "../../renderer/model/palette.ts";
import { standInWindow } from "./support-window.ts";

let commands: readonly Command[];
beforeAll(async () => {
  standInWindow();
  commands = (await import("../../renderer/commands/registry.ts")).commands;
});

const keysOf = (command: Command) => [command.keys, command.alsoKeys].filter((keys) => keys !== undefined);

/** What several commands have in common, each with the ids that share it. */
function shared(pairs: readonly (readonly [string, string])[]): string[] {
  const owners = new Map<string, string[]>();
  for (const [key, id] of pairs) owners.set(key, [...(owners.get(key) ?? []), id]);
  return [...owners].filter(([, ids]) => ids.length > 1).map(([key, ids]) => `${key}: ${ids}`);
}

describe("the registry of commands", () => {
  it("has every id and every title once", () => {
    expect(shared(commands.map(({ id }) => [id, id]))).toEqual([]);
    expect(shared(commands.map(({ title, group, id }) => [`${group} ${title}`, id]))).toEqual([]);
  });

  it("has no two commands with the same keys, and none with those of a menu's role", () => {
    const own = commands.flatMap((command) => keysOf(command).map((keys) => [normalKeys(keys), command.id] as const));
    expect(shared(own)).toEqual([]);
    // In a field, editing comes first; beside it the window may have an undo of its own.
    const taken = new Set(roleKeys.filter((keys) => keys !== "Mod+Z").map(normalKeys));
    expect(own.filter(([keys]) => taken.has(keys))).toEqual([]);
  });

  it("is what the shell takes for its menus, and every group has a menu", () => {
    const listed = commands.map(({ id, title, group, keys }) => ({ id, title, group, keys }));
    expect(menuCommandsSchema.safeParse(listed).error?.issues ?? []).toEqual([]);
    expect(new Set(Object.values(commandMenus).flat())).toEqual(new Set(commandGroups));
  });

  it("writes keys in the one normal form, of which Electron knows each", () => {
    for (const keys of commands.flatMap(keysOf)) {
      expect(normalKeys(keys)).toBe(keys);
      expect([keys, accelerator(keys, true)]).not.toContain(undefined);
    }
  });

  it("offers everything that the shell does itself, with the menu's own keys", () => {
    const byId = new Map(commands.map((command) => [command.id, command]));
    expect(shellActionSchema.options.filter((action) => !byId.has(action))).toEqual([]);
    for (const [id, keys] of Object.entries(shellKeys)) expect([id, byId.get(id)?.keys]).toEqual([id, keys]);
  });

  it("has what the menus had before it, and the way to every screen", () => {
    const ids = new Set(commands.map(({ id }) => id));
    const wanted = ["new-run", "pause", "resume", "stop", "select-all", "filter", "inspector", "show-run-folder"];
    wanted.push("show-runs", "show-curves", "show-overview", "show-world", "show-queue");
    wanted.push("settings", "shortcuts", "about", "palette", "theme-dark", "closing-ask");
    expect(wanted.filter((id) => !ids.has(id))).toEqual([]);
  });
});

const plain: KeyPress = { key: "", code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

describe("keys", () => {
  it.each([
    [{ key: "n", code: "KeyN", ctrlKey: true }, "Mod+N"],
    [{ key: "N", code: "KeyN", ctrlKey: true, shiftKey: true }, "Mod+Shift+N"],
    [{ key: "?", code: "Slash", shiftKey: true }, "?"],
    [{ key: ",", code: "Comma", ctrlKey: true }, "Mod+,"],
    [{ key: " ", code: "Space" }, "Space"],
    [{ key: "ArrowUp", code: "ArrowUp", altKey: true, shiftKey: true }, "Alt+Shift+ArrowUp"],
    [{ key: "л", code: "KeyK", ctrlKey: true }, "Mod+K"],
    [{ key: "!", code: "Digit1", ctrlKey: true, shiftKey: true }, "Mod+Shift+1"],
    [{ key: "F1", code: "F1" }, "F1"],
  ])("reads %j as %s", (press, keys) => {
    expect(pressedKeys({ ...plain, ...press }, false)).toBe(keys);
  });

  it("take Command for Mod on macOS, and leave Ctrl alone there", () => {
    expect(pressedKeys({ ...plain, key: "k", code: "KeyK", metaKey: true }, true)).toBe("Mod+K");
    expect(pressedKeys({ ...plain, key: "k", code: "KeyK", ctrlKey: true }, true)).toBe("K");
    expect(shownKeys("Mod+Alt+ArrowUp", true)).toEqual(["Cmd", "Option", "Up"]);
    expect(shownKeys("Mod+K", false)).toEqual(["Ctrl", "K"]);
  });

  it("act while somebody types only with Mod, and never in place of editing", () => {
    expect(["Mod+K", "F1", "Mod+Shift+N"].every(worksInFields)).toBe(true);
    expect(["?", "Delete", "Mod+Z", "Mod+A", "Alt+ArrowUp"].some(worksInFields)).toBe(false);
  });

  it("become Electron's, where it has a name for them", () => {
    expect(accelerator("Mod+Shift+N", false)).toBe("CmdOrCtrl+Shift+N");
    expect(accelerator("Alt+ArrowUp", true)).toBe("Alt+Up");
    expect(accelerator("Delete", true)).toBe("Delete");
    expect(accelerator("Delete", false)).toBeUndefined();
    expect(accelerator("Mod+§", true)).toBeUndefined();
  });
});

describe("the palette's search", () => {
  const item = (title: string, note = "", ...keywords: string[]) => ({ title, note, keywords });
  const items = [
    item("Show the queue", "Queue"),
    item("Queue", "View"),
    item("Pause", "Run", "halt", "queue"),
    item("Résumé of runs", "Run"),
  ];

  it("puts titles that begin so first, then words that do, then the rest", () => {
    expect(findMatches(items, "queue", 9).map(({ title }) => title)).toEqual(["Queue", "Show the queue", "Pause"]);
  });

  it("wants every word, in whatever order, and takes no query for all", () => {
    expect(findMatches(items, "RUN halt", 9).map(({ title }) => title)).toEqual(["Pause"]);
    expect(findMatches(items, "halt view", 9)).toEqual([]);
    expect(findMatches(items, "  ", 2)).toHaveLength(2);
    expect(findMatches(items, "résumé", 9)).toHaveLength(1);
  });

  it("answers only so many of 1,000 runs, the nearest first", () => {
    const many = Array.from({ length: 1000 }, (_, seed) => item(`HMPPO, seed ${seed}`, "Finished", "emulator-tuning"));
    const found = findMatches(many, "seed 99", 12).map(({ title }) => title);
    expect(found).toHaveLength(12);
    expect(found.slice(0, 2)).toEqual(["HMPPO, seed 99", "HMPPO, seed 990"]);
  });
});
