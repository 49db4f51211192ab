import { readFileSync } from "node:fs";
import { release } from "node:os";
import path from "node:path";
import { app } from "electron";
import { systemCode } from "../platform/files.ts";

/** What About shows and what "copy details" adds. */
export function versions(): Record<string, string> {
  return {
    Edgeloom: app.getVersion(),
    Electron: `${process.versions.electron} (${electronSource()})`,
    Chromium: process.versions.chrome ?? "",
    "Node in the shell": process.versions.node,
    System: `${process.platform} ${release()} ${process.arch}`,
  };
}

/** The set-up leaves a file beside the executable when it took the fallback Electron. */
function electronSource(): string {
  try {
    const [from] = readFileSync(path.join(path.dirname(process.execPath), "FALLBACK"), "utf8").split("\n");
    return `fallback for development and tests, from ${from}`;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return "official";
  }
}
