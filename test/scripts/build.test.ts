import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "..", "..");
let house: string;

/** A house with the real scripts and the least of everything that they build. */
beforeEach(() => {
  house = mkdtempSync(path.join(os.tmpdir(), "edgeloom-build-"));
  for (const part of ["scripts", "bin", "electron.vite.config.ts", "package.json", "package-lock.json"]) {
    cpSync(path.join(root, part), path.join(house, part), { recursive: true });
  }
  symlinkSync(path.join(root, "node_modules"), path.join(house, "node_modules"));
  source(
    "scripts/build-kernels.mjs",
    `import { mkdirSync, writeFileSync } from "node:fs";
    mkdirSync("out/kernels", { recursive: true });
    for (const name of ["relaxed", "plain"]) writeFileSync("out/kernels/" + name + ".wasm", "");`,
  );
  const trainer = ["index", "evaluate", "probe", "kernel-thread"].map((name) => `trainer/${name}`);
  for (const entry of ["desktop/index", "engine/index", ...trainer]) source(`main/${entry}.ts`, "console.log(1);");
  source("main/cli/index.ts", 'console.log("first", process.argv.slice(2).join(" "));');
  source("preload/bridge.ts", "console.log(1);");
  source("renderer/index.html", '<!doctype html><title>x</title><script type="module" src="./main.ts"></script>');
  source("renderer/main.ts", 'document.title = "y";');
  source("lab/nn/wasm/assembly/index.ts", "export const x = 1;");
});
afterEach(() => rmSync(house, { recursive: true, force: true }));

function source(name: string, text: string) {
  const file = path.join(house, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function run(script: string, ...args: string[]) {
  const result = spawnSync(process.execPath, [path.join(house, script), ...args], { encoding: "utf8" });
  return { ...result, all: result.stdout + result.stderr };
}

describe("R61: the build", () => {
  test("makes every process's file, then has nothing to do", () => {
    expect(run("scripts/build.mjs").all).toMatch(/kernels and program in/);
    const processes = ["desktop", "engine", "trainer", "evaluator", "probe", "kernel-thread", "cli"];
    for (const name of processes) expect(existsSync(path.join(house, "out", "main", `${name}.js`)), name).toBe(true);
    expect(existsSync(path.join(house, "out", "preload", "bridge.cjs"))).toBe(true);
    expect(existsSync(path.join(house, "out", "renderer", "index.html"))).toBe(true);
    const again = run("scripts/build.mjs");
    expect(again.stdout).toBe("Build:       up to date\n");
  });

  test("of a changed source is made when the command is used, and its words and exit status go through", () => {
    expect(run("bin/edgeloom.mjs", "a", "b").stdout).toBe("first a b\n");
    source("main/cli/index.ts", 'console.log("second"); process.exitCode = 7;');
    const second = run("bin/edgeloom.mjs");
    expect(second.stdout).toBe("second\n");
    expect(second.status).toBe(7);
  });

  test("of a broken source fails with the compiler's words and leaves the old program whole", () => {
    run("scripts/build.mjs");
    const before = readFileSync(path.join(house, "out", "main", "cli.js"), "utf8");
    source("main/cli/index.ts", "const = ;");
    const broken = run("scripts/build.mjs");
    expect(broken.status).toBe(1);
    expect(broken.stderr).toContain("main/cli/index.ts");
    expect(readFileSync(path.join(house, "out", "main", "cli.js"), "utf8")).toBe(before);
    const command = run("bin/edgeloom.mjs", "--json");
    expect(command.status).toBe(1);
    expect(JSON.parse(command.stderr).error.hint).toContain("npm run build");
  });

  test("is made once by two commands at the same time", async () => {
    const outputs = await Promise.all(
      [1, 2].map(
        () =>
          new Promise<string>((resolve) => {
            const child = spawn(process.execPath, [path.join(house, "bin", "edgeloom.mjs")]);
            let text = "";
            child.stdout.on("data", (chunk) => {
              text += chunk;
            });
            child.stderr.on("data", (chunk) => {
              text += chunk;
            });
            child.on("close", () => resolve(text));
          }),
      ),
    );
    expect(outputs.filter((text) => text.includes("first"))).toHaveLength(2);
    expect(outputs.filter((text) => text.includes("program in"))).toHaveLength(1);
  });

  test("goes on after a build that was killed", () => {
    mkdirSync(path.join(house, "out"), { recursive: true });
    const gone = spawnSync(process.execPath, ["-e", ""]).pid;
    writeFileSync(path.join(house, "out", "building"), String(gone));
    expect(run("scripts/build.mjs").status).toBe(0);
  });

  test("is not tried without packages: one line says what to do", () => {
    rmSync(path.join(house, "node_modules"));
    const { status, stderr } = run("bin/edgeloom.mjs");
    expect(status).toBe(1);
    expect(stderr.trim()).toBe(`edgeloom: its packages are not installed (run \`npm ci\` in ${house})`);
  });
});
