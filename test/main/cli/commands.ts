import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { connect } from "../../../main/link/connect.ts";

const root = path.resolve(import.meta.dirname, "..", "..", "..");
/** The built program: it starts in a third of the time that the sources need. */
const program = path.join(root, "out", "main", "cli.js");

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs, with what it said so far. */
export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves once stderr matches. */
  said(pattern: RegExp): Promise<void>;
}

/** A data folder with the real command line and its real engine, built when sources have changed. */
export class Terminal {
  readonly data = mkdtempSync(path.join(os.tmpdir(), "edgeloom-cli-"));

  constructor() {
    execFileSync(process.execPath, [path.join(root, "scripts", "build.mjs")], { stdio: "pipe" });
  }

  start(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Running {
    const env = { ...process.env, EDGELOOM_DATA: this.data, ...environment };
    const child = spawn(process.execPath, [program, ...words], { env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    const listeners = new Set<() => void>();
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
      for (const listener of listeners) listener();
    });
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (status) => {
        resolve({ status, stdout, stderr });
        for (const listener of listeners) listener();
      });
    });
    const said = (pattern: RegExp) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          const over = child.exitCode !== null || child.signalCode !== null;
          if (!pattern.test(stderr) && !over) return;
          listeners.delete(look);
          if (pattern.test(stderr)) resolve();
          else reject(new Error(`ended without saying ${pattern}:\n${stdout}${stderr}`));
        };
        listeners.add(look);
        look();
      });
    return { process: child, ended, said };
  }

  run(...words: string[]): Promise<Ended> {
    return this.start(words).ended;
  }

  /** The JSON that a command prints; fails with its words when it fails. */
  async json(...words: string[]) {
    const { status, stdout, stderr } = await this.run(...words, "--json");
    if (status !== 0) throw new Error(`${words.join(" ")}: ${stderr}`);
    return JSON.parse(stdout);
  }

  /** Stops the engine and removes the folder. */
  async close(): Promise<void> {
    try {
      const client = await connect(this.data, "cli", { start: false });
      const gone = new Promise<void>((resolve) => client.onClose(() => resolve()));
      await client.call("engine.stop", {});
      await gone;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code !== "engine-none" && code !== "connection-lost") throw error;
    }
    rmSync(this.data, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
