import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import path from "node:path";

const maximumBytes = 1024 * 1024;

/** The shell's own log: few lines, two files of at most 1 MB. */
export class ShellLog {
  readonly file: string;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.file = path.join(folder, "desktop.log");
  }

  /** Appends one line `<time> <text>`; the older half moves to `desktop.log.1` when the file is full. */
  write(text: string): void {
    const size = statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
    if (size > maximumBytes) renameSync(this.file, `${this.file}.1`);
    appendFileSync(this.file, `${new Date().toISOString()} ${text}\n`);
  }
}
