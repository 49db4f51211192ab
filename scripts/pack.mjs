/**
 * `npm run pack`: an unpacked app in dist/edgeloom from the Electron at hand, to see that it starts on this machine. It
 * is neither signed nor meant to be given away, least of all when its Electron is the fallback.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ensureBuilt } from "./build.mjs";
import { main, node24, root } from "./common.mjs";
import { setFuses } from "./fuses.mjs";
import { electronFolder, installedElectron } from "./setup/electron.mjs";
import { continueOnNode24 } from "./setup/node.mjs";

/** What the bundled program still loads from node_modules. */
const LOADED_PACKAGES = ["better-sqlite3"];

const target = path.join(root, "dist", "edgeloom");

/** Folders of packages and of what they depend on. */
function withDependencies(names) {
  const all = new Set();
  const add = (name) => {
    if (all.has(name)) return;
    all.add(name);
    const manifest = JSON.parse(readFileSync(path.join(root, "node_modules", name, "package.json"), "utf8"));
    for (const dependency of Object.keys(manifest.dependencies ?? {})) add(dependency);
  };
  for (const name of names) add(name);
  return [...all];
}

function bytesUnder(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);
}

await main(async () => {
  continueOnNode24();
  await ensureBuilt({ quiet: true });
  const electron = installedElectron();
  if (electron === undefined) throw new Error("there is no Electron here: `node scripts/setup.mjs` says why");
  if (process.platform !== "linux") throw new Error("npm run pack is made for Linux so far");

  rmSync(target, { recursive: true, force: true });
  mkdirSync(path.dirname(target), { recursive: true });
  cpSync(path.join(electronFolder, "dist"), target, { recursive: true, verbatimSymlinks: true });
  renameSync(path.join(target, "electron"), path.join(target, "edgeloom"));
  await setFuses(path.join(target, "edgeloom"));

  const app = path.join(target, "resources", "app");
  rmSync(app, { recursive: true, force: true });
  mkdirSync(app, { recursive: true });
  const {
    name,
    productName,
    version,
    license,
    type,
    main: entry,
  } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  writeFileSync(
    path.join(app, "package.json"),
    JSON.stringify({ name, productName, version, license, type, main: entry }),
  );
  for (const part of ["out/main", "out/preload", "out/renderer", "out/kernels", "resources"]) {
    cpSync(path.join(root, part), path.join(app, part), { recursive: true });
  }
  for (const file of ["LICENSE", "THIRD-PARTY-NOTICES.md"]) {
    cpSync(path.join(root, file), path.join(target, file));
    // The window shows them from beside the program.
    cpSync(path.join(root, file), path.join(app, file));
  }
  for (const dependency of withDependencies(LOADED_PACKAGES)) {
    const part = path.join("node_modules", dependency);
    cpSync(path.join(root, part), path.join(app, part), { recursive: true });
  }
  cpSync(node24, path.join(app, path.relative(root, node24)));

  console.log(`dist/edgeloom: ${Math.round(bytesUnder(target) / 1e6)} MB with Electron ${electron.version}`);
  console.log(
    electron.source === "fallback"
      ? "Its Electron is the fallback: for a start on this machine only. NEVER distribute it."
      : "Unsigned, for a start on this machine only.",
  );
});
