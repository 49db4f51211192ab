import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { applicationRoot } from "../../../main/platform/paths.ts";

interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly file: string;
  readonly line: number;
  readonly sample: string;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "edgeloom-electronegativity-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const electron = JSON.parse(readFileSync(path.join(applicationRoot, "package.json"), "utf8")).devDependencies.electron;

/** Findings of severity medium or higher in the scripts of a folder. */
function scan(): Finding[] {
  const script = path.join(applicationRoot, "test", "support", "electronegativity.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, electron, folder], { encoding: "utf8" });
  if (status !== 0) throw new Error(`Electronegativity ended with ${status}: ${stderr}`);
  const { findings, errors } = JSON.parse(stdout) as { findings: Finding[]; errors: { tolerable: boolean }[] };
  expect(errors.filter(({ tolerable }) => !tolerable)).toEqual([]);
  return findings.filter(({ severity }) => severity === "MEDIUM" || severity === "HIGH");
}

/** The table of accepted findings in docs/security.md: `| CHECK | what it points at | why |`. */
function accepted(): { id: string; at: string }[] {
  const text = readFileSync(path.join(applicationRoot, "docs", "security.md"), "utf8");
  return [...text.matchAll(/^\| ([A-Z_]+_CHECK) \| `?(.*?)`? \|/gm)].map(([, id = "", at = ""]) => ({ id, at }));
}

/** The built scripts of shell and preload, with the pieces that the shell shares with other processes. */
function copyBuilt(): void {
  const out = path.join(applicationRoot, "out");
  const seen = new Set<string>();
  const add = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    copyFileSync(file, path.join(folder, path.basename(file)));
    for (const [, name = ""] of readFileSync(file, "utf8").matchAll(/from "(\.[^"]+)"/g)) {
      add(path.join(path.dirname(file), name));
    }
  };
  add(path.join(out, "main", "desktop.js"));
  // It reads no file that is called otherwise.
  copyFileSync(path.join(out, "preload", "bridge.cjs"), path.join(folder, "bridge.js"));
  expect(readdirSync(folder).length).toBeGreaterThan(2);
}

it("Electronegativity finds nothing in shell and preload but what docs/security.md accepts with a reason", () => {
  copyBuilt();
  const findings = scan();
  const list = accepted();
  const open = findings.filter(({ id, sample }) => !list.some((each) => each.id === id && sample.includes(each.at)));
  expect(open).toEqual([]);
  // Nor is anything accepted that is no longer found.
  const unused = list.filter(({ id, at }) => !findings.some((each) => each.id === id && each.sample.includes(at)));
  expect(unused).toEqual([]);
});

it("Electronegativity finds what is planted: a window without isolation, remote content, a permission not asked for", () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    path.join(folder, "bad.js"),
    `import { BrowserWindow, shell } from "electron";
     const bad = new BrowserWindow({ webPreferences: { contextIsolation: false, webSecurity: false, sandbox: false } });
     bad.loadURL("http://example.org");
     shell.openExternal(process.argv[2]);`,
  );
  const ids = scan().map(({ id }) => id);
  for (const id of ["CONTEXT_ISOLATION", "WEB_SECURITY", "SANDBOX", "HTTP_RESOURCES", "OPEN_EXTERNAL"]) {
    expect(ids).toContain(`${id}_JS_CHECK`);
  }
  expect(ids).toContain("PERMISSION_REQUEST_HANDLER_GLOBAL_CHECK");
});
