/** Opening the store's database: settings, migrations, and what happens to one that cannot be used. */
import { closeSync, existsSync, openSync, readSync, renameSync, rmSync, statSync } from "node:fs";
import Database from "better-sqlite3";
import { type Migration, migrations as released } from "./migrations/index.ts";

/** "EDLM": marks the file as this program's. */
const APPLICATION_ID = 0x45444c4d;
/** A larger database is not read through at every start; damage then shows when a page is used. */
const CHECKED_BYTES = 64 * 1024 * 1024;

/** The database was written by a newer program. */
export class NewerStore extends Error {
  readonly file: string;
  readonly found: number;
  readonly known: number;

  constructor(file: string, found: number, known: number) {
    super(`${file} has version ${found}; this program knows versions up to ${known}`);
    this.file = file;
    this.found = found;
    this.known = known;
  }
}

export interface OpenedDatabase {
  readonly database: Database.Database;
  /** Where a database that could not be used lies now. */
  readonly setAside: string | undefined;
  /** Copy made before migrating, undefined when there was nothing to migrate. */
  readonly backup: string | undefined;
}

/**
 * Opens the store, new or present. One that is damaged, or no database of this program, is renamed to
 * `<file>.damaged-<n>` and a new one begins: everything in it can be rebuilt.
 * @throws NewerStore
 */
export function openDatabase(file: string, migrations: readonly Migration[] = released): OpenedDatabase {
  // A write-ahead log without its database would be replayed into the new one.
  if (!existsSync(file)) removeCompanions(file);
  try {
    return { ...openSound(file, migrations), setAside: undefined };
  } catch (error) {
    if (!isDamage(error)) throw error;
    const setAside = setDatabaseAside(file);
    return { ...openSound(file, migrations), setAside };
  }
}

/** True for an error of SQLite that says the file itself is broken. */
export function isDamage(error: unknown): boolean {
  if (error instanceof DamagedStore) return true;
  if (!(error instanceof Database.SqliteError)) return false;
  return error.code.startsWith("SQLITE_CORRUPT") || error.code === "SQLITE_NOTADB";
}

/** True for an error of SQLite that says that the disk is full. */
export function isStoreFull(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code === "SQLITE_FULL";
}

/** Throws the loader's own error when the native module cannot be loaded. */
export function checkNativeModule(): void {
  new Database(":memory:").close();
}

/** Version of the SQLite in the native module. */
export function sqliteVersion(): string {
  const database = new Database(":memory:");
  const version = database.prepare<[], { version: string }>("SELECT sqlite_version() AS version").get()?.version;
  database.close();
  return version ?? "unknown";
}

/** Renames a database, which must be closed, to `<file>.damaged-<n>`; answers the new name. */
export function setDatabaseAside(file: string): string {
  let n = 1;
  while (existsSync(`${file}.damaged-${n}`)) n++;
  const target = `${file}.damaged-${n}`;
  renameSync(file, target);
  removeCompanions(file);
  return target;
}

/** Removes a database's write-ahead log and shared memory. */
export function removeCompanions(file: string): void {
  rmSync(`${file}-wal`, { force: true });
  rmSync(`${file}-shm`, { force: true });
}

class DamagedStore extends Error {}

function openSound(file: string, migrations: readonly Migration[]): Omit<OpenedDatabase, "setAside"> {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > 0) checkHeader(file);
  const database = new Database(file);
  try {
    database.pragma("busy_timeout = 5000");
    database.pragma("trusted_schema = OFF");
    const version = Number(database.pragma("user_version", { simple: true }));
    const application = Number(database.pragma("application_id", { simple: true }));
    if (size > 0 && application !== APPLICATION_ID) throw new DamagedStore("not a database of this program");
    const latest = migrations.at(-1)?.version ?? 0;
    if (version > latest) throw new NewerStore(file, version, latest);
    if (size > 0 && size <= CHECKED_BYTES && database.pragma("quick_check(1)", { simple: true }) !== "ok") {
      throw new DamagedStore("quick_check found damage");
    }
    // Only before the first table: later it takes a VACUUM.
    if (size === 0) database.pragma("auto_vacuum = INCREMENTAL");
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = FULL");
    database.pragma("foreign_keys = ON");
    const backup = migrate(database, file, version, migrations);
    return { database, backup };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLite reports a file that begins differently only when it is first read, and an empty one not at all. */
function checkHeader(file: string): void {
  const bytes = Buffer.alloc(16);
  const descriptor = openSync(file, "r");
  const read = readSync(descriptor, bytes, 0, 16, 0);
  closeSync(descriptor);
  if (read < 16 || bytes.toString("latin1") !== "SQLite format 3\0") throw new DamagedStore("no SQLite header");
}

function migrate(
  database: Database.Database,
  file: string,
  version: number,
  migrations: readonly Migration[],
): string | undefined {
  const missing = migrations.filter((migration) => migration.version > version);
  let backup: string | undefined;
  if (version > 0 && missing.length > 0) {
    backup = `${file}.before-${missing[0]?.version}`;
    rmSync(backup, { force: true });
    database.prepare("VACUUM INTO ?").run(backup);
  }
  for (const migration of missing) {
    database.transaction(() => {
      database.exec(migration.sql);
      database.pragma(`user_version = ${migration.version}`);
      database.pragma(`application_id = ${APPLICATION_ID}`);
    })();
  }
  return backup;
}
