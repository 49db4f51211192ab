import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { nodeExecutable } from "../platform/paths.ts";

/** How a process ended: its exit code, or the signal or the system's error that ended it. */
export interface ProcessEnd {
  readonly code: number | null;
  /** `code 3`, `SIGKILL`, `spawn ENOENT`. */
  readonly text: string;
}

export interface LocalProcess {
  /** undefined when it could not be started. */
  readonly pid: number | undefined;
  /** undefined while it lives. */
  readonly ended: ProcessEnd | undefined;
  onEnd(handler: (end: ProcessEnd) => void): void;
}

/**
 * Starts one of the program's own scripts so that it outlives this process: a process group and session of its own, no
 * terminal, everything that it prints appended to `log`.
 */
export function launchDetached(script: string, words: readonly string[], log: string): LocalProcess {
  const output = openSync(log, "a");
  try {
    const stdio = ["ignore", output, output] as const;
    const child = spawn(nodeExecutable(), [script, ...words], { detached: true, stdio: [...stdio], windowsHide: true });
    child.unref();
    return watch(child);
  } finally {
    closeSync(output);
  }
}

/** A process that belongs to this one and ends with it. */
export interface AttachedProcess extends LocalProcess {
  /** Calls the handler with each line of its standard output. */
  onLine(handler: (line: string) => void): void;
  /** What it has written to its standard error, at most the last {@link ERROR_CHARACTERS}. */
  errorText(): string;
  kill(): void;
}

const ERROR_CHARACTERS = 4000;

/** Starts one of the program's own scripts and listens to what it prints. */
export function launchAttached(script: string, words: readonly string[]): AttachedProcess {
  const child = spawn(nodeExecutable(), [script, ...words], { stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
  const lineHandlers: ((line: string) => void)[] = [];
  let unfinished = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (unfinished + text).split("\n");
    unfinished = lines.pop() ?? "";
    for (const line of lines) for (const handler of lineHandlers) handler(line);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-ERROR_CHARACTERS);
  });
  const watched = watch(child, "close");
  return {
    pid: watched.pid,
    get ended() {
      return watched.ended;
    },
    onEnd: (handler) => watched.onEnd(handler),
    onLine: (handler) => lineHandlers.push(handler),
    errorText: () => errors,
    kill: () => child.kill(),
  };
}

/** `exit` tells when the process is gone, `close` when all that it printed has been read as well. */
function watch(child: ChildProcess, event: "exit" | "close" = "exit"): LocalProcess {
  let ended: ProcessEnd | undefined;
  const handlers: ((end: ProcessEnd) => void)[] = [];
  const end = (result: ProcessEnd) => {
    if (ended !== undefined) return;
    ended = result;
    for (const handler of handlers) handler(result);
  };
  child.on("error", (error) => end({ code: null, text: error.message }));
  child.on(event, (code: number | null, signal: string | null) =>
    end({ code, text: signal === null ? `code ${code}` : signal }),
  );
  return {
    pid: child.pid,
    get ended() {
      return ended;
    },
    onEnd: (handler) => {
      if (ended === undefined) handlers.push(handler);
      else handler(ended);
    },
  };
}
