import { appendFileSync } from "node:fs";
import { engineLogPath, rotateLog } from "../link/connect.ts";

/** The engine's own log: one line an entry, rotated so that it never grows without end. */
export class EngineLog {
  private readonly file: string;

  constructor(dataFolder: string) {
    this.file = engineLogPath(dataFolder);
  }

  info(text: string): void {
    this.write("info", text);
  }

  /** Notes an error with its stack, which a person needs to report it. */
  error(text: string, error: unknown): void {
    this.write("error", `${text}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  private write(level: string, text: string): void {
    try {
      rotateLog(this.file);
      appendFileSync(this.file, `${new Date().toISOString()} ${level} [${process.pid}] ${text}\n`);
    } catch (problem) {
      // A log on a full disk must not stop the engine; standard error is the last place to say so.
      process.stderr.write(`engine.log cannot be written (${problem}): ${text}\n`);
    }
  }
}
