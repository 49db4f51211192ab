import { mkdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { systemCode, writeFileAtomic } from "../platform/files.ts";

const MOST = 10;

const listSchema = z.array(z.string()).catch([]);

/** Data folders that were opened, the last one first: one small file that all processes of the app share. */
export class RecentFolders {
  private readonly file: string;

  /** `folder` is made when the first one is added. */
  constructor(folder: string) {
    this.file = path.join(folder, "recent.json");
  }

  /** At most ten; those that are no longer there are left out. Other processes add to it: read anew each time. */
  list(): string[] {
    return this.read().filter(isFolder);
  }

  add(folder: string): void {
    this.write([folder, ...this.read().filter((each) => each !== folder && isFolder(each))].slice(0, MOST));
  }

  /** Forgets all but `kept`, the one that is open. */
  clear(kept: string): void {
    this.write([kept]);
  }

  private read(): string[] {
    try {
      return listSchema.parse(JSON.parse(readFileSync(this.file, "utf8")));
    } catch (error) {
      // None yet, or damaged: a list of conveniences is not worth more than a new one.
      if (systemCode(error) === undefined && !(error instanceof SyntaxError)) throw error;
      return [];
    }
  }

  private write(folders: readonly string[]): void {
    mkdirSync(path.dirname(this.file), { recursive: true });
    writeFileAtomic(this.file, `${JSON.stringify(folders, undefined, 2)}\n`);
  }
}

function isFolder(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
