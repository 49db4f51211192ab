import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { relaxedSimdSupported } from "../../lab/nn/wasm/kernels.ts";
import { type DeviceSummary, type DoctorLine, PROTOCOL_VERSION } from "../../preload/contract.ts";
import { dataFolder } from "../platform/data-folder.ts";
import { freeBytes } from "../platform/files.ts";
import { applicationRoot } from "../platform/paths.ts";
import { UserError } from "../platform/user-error.ts";
import { programVersion } from "../platform/version.ts";
import { sqliteVersion } from "../store/database.ts";
import { listDevices } from "./devices.ts";
import type { Engine } from "./engine.ts";
import { kernelFiles } from "./environment.ts";

/** Less free space than this is worth a word. */
const LITTLE_SPACE_BYTES = 1e9;
const NODE_MAJOR = 24;

/** What the program stands on here, line by line. */
export async function examine(engine: Engine): Promise<DoctorLine[]> {
  return [
    nodeLine(),
    line("native module", true, `better-sqlite3 with SQLite ${sqliteVersion()}`),
    ...kernelLines(),
    ...(await listDevices()).map(deviceLine),
    ...dataLines(engine.dataFolder),
    engineLine(engine),
    ...storeLines(engine),
    electronLine(),
    line("processor", true, `${os.cpus()[0]?.model ?? "unknown"}, ${os.availableParallelism()} cores`),
  ];
}

function line(name: string, ok: boolean, text: string, hint = ""): DoctorLine {
  return { name, ok, text, hint: ok ? "" : hint };
}

function nodeLine(): DoctorLine {
  const ok = Number(process.versions.node.split(".")[0]) >= NODE_MAJOR;
  const text = `Node ${process.versions.node} at ${process.execPath}`;
  return line("node", ok, text, `Node ${NODE_MAJOR} comes with "npm ci".`);
}

function kernelLines(): DoctorLine[] {
  const relaxed = relaxedSimdSupported();
  const files = kernelFiles().map(({ variant, build }) => {
    if (build === undefined) return line(`kernels ${variant}`, false, "missing", 'Build them with "npm run build".');
    return line(`kernels ${variant}`, true, build);
  });
  const why = relaxed ? "this processor and Node have relaxed SIMD" : "there is no relaxed SIMD here";
  return [...files, line("kernels used", true, `${relaxed ? "relaxed" : "plain"}, because ${why}`)];
}

/** TensorFlow is optional: its absence is told, not held against anything. */
function deviceLine({ id, available, chosen, reason, needs }: DeviceSummary): DoctorLine {
  const taken = chosen ? ' (device "auto" takes it)' : "";
  const text = available ? `available${taken}: ${reason}` : `not available: ${reason}. ${needs}`;
  return line(`device ${id}`, available || id !== "kernels", text, needs);
}

function dataLines(folder: string): DoctorLine[] {
  const free = freeBytes(folder);
  const space = line("disk", free > LITTLE_SPACE_BYTES, `${(free / 1e9).toFixed(1)} GB free`, "Free some space.");
  try {
    dataFolder(folder);
    return [line("data folder", true, `${folder} can be written`), space];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [line("data folder", false, error.message, error.hint), space];
  }
}

function engineLine({ supervisor, trouble }: Engine): DoctorLine {
  const text = `Edgeloom ${programVersion}, protocol ${PROTOCOL_VERSION}, process ${process.pid}, at most ${supervisor.parallel} runs at once`;
  return trouble === undefined ? line("engine", true, text) : line("engine", false, trouble.message, trouble.hint);
}

function storeLines({ library }: Engine): DoctorLine[] {
  const { setAside } = library.store;
  const note = setAside === undefined ? "" : `; a database that could not be used is kept as ${setAside}`;
  const runs = library.store.runs.listIds().length;
  const lines = [line("store", true, `${runs} runs, ${library.store.series.storedPoints()} points${note}`)];
  for (const [name, { message, hint }] of library.unreadable) lines.push(line(name, false, message, hint));
  return lines;
}

function electronLine(): DoctorLine {
  const folder = path.join(applicationRoot, "node_modules", "electron");
  const version = path.join(folder, "dist", "version");
  if (!existsSync(path.join(folder, "path.txt")) || !existsSync(version)) {
    return line(
      "electron",
      false,
      "not at hand: the window cannot open",
      'It is fetched by "npm start"; the command line works without.',
    );
  }
  return line("electron", true, `Electron ${readFileSync(version, "utf8").trim().replace(/^v/, "")}`);
}
