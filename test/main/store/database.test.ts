import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { NewerStore, openDatabase } from "../../../main/store/database.ts";
import { type Migration, migrations } from "../../../main/store/migrations/index.ts";
import { Store } from "../../../main/store/store.ts";
import { FIRST_PROJECT } from "../../../preload/contract.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { runSummary } from "./run-summary.ts";

function storeWithRun(): string {
  const file = path.join(temporaryFolder(), "store.sqlite");
  const store = new Store(file);
  store.experiments.put({ id: "e1", name: "first try", createdAt: 1 });
  store.runs.put({ summary: runSummary("r1"), lastState: { state: "running" } });
  store.close();
  return file;
}

function schemaOf(database: Database.Database): string {
  const rows = database
    .prepare<[], { sql: string }>("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, name")
    .all();
  return `${rows.map((row) => `${row.sql};`).join("\n\n")}\n`;
}

describe("the store's database", () => {
  it("has the committed schema after all migrations", () => {
    const { database } = openDatabase(path.join(temporaryFolder(), "store.sqlite"));
    const snapshot = readFileSync(path.join(import.meta.dirname, "schema.sql"), "utf8");
    expect(schemaOf(database)).toBe(snapshot);
    database.close();
  });

  it("numbers its migrations without gaps", () => {
    expect(migrations.map((migration) => migration.version)).toEqual(migrations.map((_, index) => index + 1));
  });

  it("is safe against power cuts, keeps references and trusts no schema", () => {
    const { database } = openDatabase(path.join(temporaryFolder(), "store.sqlite"));
    const settings = ["journal_mode", "synchronous", "foreign_keys", "trusted_schema", "busy_timeout"];
    const values = settings.map((name) => database.pragma(name, { simple: true }));
    expect(values).toEqual(["wal", 2, 1, 0, 5000]);
    database.close();
  });

  it("is opened again with what was in it", () => {
    const store = new Store(storeWithRun());
    expect(store.setAside).toBeUndefined();
    expect(store.runs.get("r1")).toEqual({ summary: runSummary("r1"), lastState: { state: "running" } });
    store.close();
  });

  it("is backed up before a migration", () => {
    const file = storeWithRun();
    const next: Migration = { version: migrations.length + 1, name: "next", sql: "DELETE FROM run" };
    const { database, backup } = openDatabase(file, [...migrations, next]);
    expect(database.prepare("SELECT count(*) AS n FROM run").get()).toEqual({ n: 0 });
    database.close();
    const old = new Database(backup ?? "", { readonly: true, fileMustExist: true });
    expect(old.prepare("SELECT count(*) AS n FROM run").get()).toEqual({ n: 1 });
    expect(old.pragma("user_version", { simple: true })).toBe(migrations.length);
    old.close();
  });

  it("of version 1 gets the desk: its experiments are in the first project, its runs are numbered as they were made, and a backup is kept", () => {
    const file = path.join(temporaryFolder(), "store.sqlite");
    const { database } = openDatabase(file, migrations.slice(0, 1));
    database.exec(`INSERT INTO experiment VALUES ('e1', 'first try', 1);
      INSERT INTO run VALUES (1, 'r1', 'e1', 'first try', 's', 'l', 'smoke', 1, 'finished', 1, 1, 1, 1, 1, NULL, NULL, 1, 1,
        NULL, 'plain-0', NULL, '[]', NULL, NULL);
      INSERT INTO run SELECT 2, 'r0', experiment, name, scenario, learner, preset, seed, state, step, steps, iteration,
        attempt, 0, NULL, NULL, 1, 1, NULL, kernel_build, NULL, '[]', NULL, NULL FROM run`);
    database.close();
    const store = new Store(file);
    const unmarked = { tags: [], notes: "", archived: false, trashedAt: null };
    expect(store.projects.list()).toEqual([{ id: FIRST_PROJECT, name: "First project", createdAt: 0, ...unmarked }]);
    expect(store.experiments.list()).toEqual([
      { id: "e1", name: "first try", createdAt: 1, project: FIRST_PROJECT, ...unmarked },
    ]);
    const run = { name: "first try", label: "", tags: [], trashedAt: null };
    expect(store.runs.list()).toMatchObject([
      { id: "r0", ordinal: 0, ...run },
      { id: "r1", ordinal: 1, ...run },
    ]);
    expect(store.parameters.missing().sort()).toEqual(["r0", "r1"]);
    store.close();
    const old = new Database(`${file}.before-2`, { readonly: true, fileMustExist: true });
    expect(old.pragma("user_version", { simple: true })).toBe(1);
    old.close();
  });

  it("is unchanged by a migration that fails half way", () => {
    const file = storeWithRun();
    const broken: Migration = {
      version: migrations.length + 1,
      name: "broken",
      sql: "DELETE FROM run; SELECT * FROM nowhere",
    };
    expect(() => openDatabase(file, [...migrations, broken])).toThrow("nowhere");
    const store = new Store(file);
    expect(store.runs.listIds()).toEqual(["r1"]);
    store.close();
  });

  it("of a newer program is refused by its version and left as it is", () => {
    const file = storeWithRun();
    const database = new Database(file);
    database.pragma("user_version = 999");
    database.close();
    const refused = (() => {
      try {
        return openDatabase(file);
      } catch (error) {
        return error;
      }
    })();
    expect(refused).toBeInstanceOf(NewerStore);
    expect(refused).toMatchObject({ found: 999, known: migrations.length });
    expect(readdirSync(path.dirname(file)).filter((name) => name.includes("damaged"))).toEqual([]);
  });

  const damages: [string, (file: string) => void][] = [
    ["is no database", (file) => writeFileSync(file, "a text that somebody saved under this name")],
    ["is shorter than a header", (file) => truncateSync(file, 7)],
    ["was cut", (file) => truncateSync(file, 6000)],
    [
      "has a page of rubbish in the middle",
      (file) => {
        const bytes = readFileSync(file);
        writeFileSync(file, bytes.fill(0xa5, 4096, 8192));
      },
    ],
    [
      "belongs to another program",
      (file) => {
        rmSync(file);
        const other = new Database(file);
        other.exec("CREATE TABLE song (title TEXT)");
        other.close();
      },
    ],
  ];
  it.each(damages)("that %s is set aside, and a new one begins", (_what, damage) => {
    const file = storeWithRun();
    damage(file);
    const damaged = readFileSync(file);
    for (const n of [1, 2]) {
      const store = new Store(file);
      expect(store.setAside).toBe(`${file}.damaged-${n}`);
      expect(readFileSync(`${file}.damaged-${n}`)).toEqual(damaged);
      expect(store.runs.list()).toEqual([]);
      store.close();
      writeFileSync(file, damaged);
    }
  });

  it("that was deleted begins anew, without what its write-ahead log still held", () => {
    const file = storeWithRun();
    const open = new Store(file);
    open.runs.put({ summary: runSummary("r2"), lastState: undefined });
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
    rmSync(file);
    const store = new Store(file);
    expect(store.runs.list()).toEqual([]);
    store.close();
    open.close();
    expect(existsSync(file)).toBe(true);
  });
});
