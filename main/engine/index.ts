/** The engine's process: `engine --data DIR [--parallel N]`. One a data folder; serves the shell and the command line. */
import os from "node:os";
import { parseArgs } from "node:util";
import { PROTOCOL_VERSION } from "../../preload/contract.ts";
import { EXIT_OTHER_ENGINE } from "../link/connect.ts";
import { ownLock, releaseEngineLock, takeEngineLock } from "../link/engine-lock.ts";
import { socketPath } from "../link/socket-path.ts";
import { dataFolder } from "../platform/data-folder.ts";
import { UserError } from "../platform/user-error.ts";
import { programVersion } from "../platform/version.ts";
import { checkNativeModule } from "../store/database.ts";
import { Engine } from "./engine.ts";
import { EngineLog } from "./engine-log.ts";
import { explain } from "./errors.ts";

const EXIT_CANNOT_START = 1;
const EXIT_BUG = 70;

async function run(): Promise<void> {
  const { values } = parseArgs({ options: { data: { type: "string" }, parallel: { type: "string" } } });
  const folder = dataFolder(values.data);
  const parallel = values.parallel === undefined ? undefined : Number(values.parallel);
  if (parallel !== undefined && !(Number.isInteger(parallel) && parallel >= 1)) {
    throw new UserError("parallel-invalid", `--parallel is ${values.parallel}, it has to be a whole number from 1.`);
  }
  const log = new EngineLog(folder);
  const lock = ownLock(socketPath(folder), PROTOCOL_VERSION, programVersion);
  if (!takeEngineLock(folder, lock)) {
    log.info("another engine serves this folder");
    process.exitCode = EXIT_OTHER_ENGINE;
    return;
  }
  try {
    checkNative();
    const engine = new Engine({ dataFolder: folder, lock, log, parallel, ended: (code) => process.exit(code) });
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void engine.close());
    process.on("uncaughtException", (error) => {
      log.error("a bug ended the engine; runs go on", error);
      void engine.close(EXIT_BUG);
    });
    await engine.start();
  } catch (error) {
    releaseEngineLock(folder, lock);
    throw explain(error, folder);
  }
}

function checkNative(): void {
  try {
    checkNativeModule();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(
      "native-module",
      `The native module better-sqlite3 cannot be loaded by Node ${process.versions.node} on ${os.platform()} ${os.arch()}: ${reason}`,
      'Run "npm ci" again in the program\'s folder.',
    );
  }
}

try {
  await run();
} catch (error) {
  const text =
    error instanceof UserError
      ? `${error.message} ${error.hint}`
      : error instanceof Error
        ? error.stack
        : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(EXIT_CANNOT_START);
}
