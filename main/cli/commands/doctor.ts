import type { Command } from "commander";
import type { DoctorLine } from "../../../preload/contract.ts";
import { dataFolder } from "../../platform/data-folder.ts";
import { UserError } from "../../platform/user-error.ts";
import { programVersion } from "../../platform/version.ts";
import { type CommonOptions, optionsOf, withEngine } from "../context.ts";
import { printJson, printLine } from "../output.ts";

export function addDoctor(program: Command): void {
  program
    .command("doctor")
    .summary("check this installation and the data folder")
    .description("Says what works and what to do about the rest. Exit status 1 when something is wrong.")
    .action(async (_options: unknown, command: Command) => {
      const options = optionsOf(command);
      const lines = [...localLines(options), ...(await engineLines(options))];
      if (options.json) printJson(lines.map((line) => ({ id: line.name, ...line })));
      else for (const line of lines) printDoctorLine(line);
      if (lines.some((line) => !line.ok)) process.exitCode = 1;
    });
}

/** What can be said without an engine. */
function localLines(options: CommonOptions): DoctorLine[] {
  return [
    { name: "edgeloom", ok: true, text: programVersion, hint: "" },
    check("command line", () => `Node ${process.versions.node} on ${process.platform}-${process.arch}`),
    check("data folder", () => dataFolder(options.data)),
  ];
}

function check(name: string, look: () => string): DoctorLine {
  try {
    return { name, ok: true, text: look(), hint: "" };
  } catch (error) {
    return failedLine(name, error);
  }
}

async function engineLines(options: CommonOptions): Promise<DoctorLine[]> {
  try {
    return await withEngine(options, (client) => client.call("doctor", {}));
  } catch (error) {
    return [failedLine("engine", error)];
  }
}

function failedLine(name: string, error: unknown): DoctorLine {
  if (!(error instanceof UserError)) throw error;
  return { name, ok: false, text: error.message, hint: error.hint };
}

function printDoctorLine({ name, ok, text, hint }: DoctorLine): void {
  printLine(`${ok ? "ok  " : "FAIL"}  ${name}: ${text}${hint === "" ? "" : ` (${hint})`}`);
}
