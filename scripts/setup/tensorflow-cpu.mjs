/**
 * Builds `@tensorflow/tfjs-node` from parts: its own package (npm), Node-API's headers (npm), and TensorFlow's library
 * and headers out of its Python wheel (pip). The package's own install script would download the library and a prebuilt
 * addon from a site of their own; these are the same sources over the same library, in a newer release.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, readFileSync, statfsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import yauzl from "yauzl";
import { node24, npm, root, say } from "../common.mjs";

const TFJS_NODE = {
  name: "@tensorflow/tfjs-node@4.22.0",
  sha512:
    "b87ad779495f8243314d9a8790449257bcd274a755d0b96c05e6e5aa4b8a53d9e77f1075a42e83b68c9855a2f1ce7cd9cbb59049e823728871c428c07fa0dcef",
};
const HEADERS = {
  name: "node-api-headers@1.9.0",
  sha512:
    "da83482cfe235f0441e32c2760a8d593563227dea7d83e0439524ee92de8619e4fb5b26bc3762df53a40b97de704b32ece7ef8ae77c642bbf5de94bdbc2f9888",
};
const TENSORFLOW_VERSION = "2.15.1";
/** Of the wheel for CPython 3.11; its Python part is not used, so that any Python can fetch it. */
const WHEEL = {
  name: `tensorflow-cpu==${TENSORFLOW_VERSION}`,
  sha256: "54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26",
  options: [
    ...["--no-deps", "--only-binary=:all:", "--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"],
    ...["--platform", "manylinux_2_17_x86_64"],
  ],
};
const LIBRARIES = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];
const HEADER_FOLDERS = ["tensorflow/c/", "tensorflow/core/platform/", "tsl/c/", "tsl/platform/"];
/** Packages that `tfjs-node` loads and `tfjs-node-gpu`, an optional dependency, brings along. */
const COMPANIONS = ["@tensorflow/tfjs", "@mapbox/node-pre-gyp", "google-protobuf"];

/** The wheel, and what of it is unpacked. */
const TEMPORARY_BYTES = 0.4e9;
const LASTING_BYTES = 0.7e9;

/**
 * Builds TensorFlow for the processor unless it is there and works. Throws with what to do.
 * @param scope the folder that gets `tfjs-node`, below a node_modules that has the packages which that loads
 */
export async function ensureTensorflowForProcessor(scope = path.join(root, "node_modules", "@tensorflow")) {
  const target = path.join(scope, "tfjs-node");
  const present = existsSync(target) ? probe(target) : undefined;
  if (present?.version === TENSORFLOW_VERSION) return step(`${present.version} is set up already and works`);
  requireSystem();
  const compiler = requireCompiler();
  const pip = requirePip();
  const work = await mkdtemp(path.join(tmpdir(), "edgeloom-tensorflow-"));
  // Beside its place, so that it can be moved there in one go.
  const staging = await mkdtemp(path.join(scope, ".tfjs-node-"));
  try {
    requireSpace(work, TEMPORARY_BYTES);
    requireSpace(staging, LASTING_BYTES);
    step(`fetching ${TFJS_NODE.name} and ${HEADERS.name} from the package registry`);
    await unpackPackage(TFJS_NODE, work, staging);
    const headers = path.join(work, "headers");
    await mkdir(headers);
    await unpackPackage(HEADERS, work, headers);
    step(`fetching ${WHEEL.name} with pip, 207 MB`);
    const wheel = await fetchWheel(pip, work);
    step("unpacking its library, 614 MB");
    const libraries = path.join(staging, "deps", "lib");
    await unpackWheel(wheel, libraries, path.join(work, "include"));
    step(`compiling the addon with ${compiler}`);
    await compile(compiler, staging, libraries, [path.join(headers, "include"), path.join(work, "include")]);
    await rm(target, { recursive: true, force: true });
    await chmod(staging, 0o755);
    await rename(staging, target);
    const { version, problem } = probe(target);
    if (version !== TENSORFLOW_VERSION) {
      await rm(target, { recursive: true, force: true });
      throw new Error(`TensorFlow was built and does not work here (${problem ?? `version ${version}`})`);
    }
    step(`${version} is ready: train with --set device=tensorflow-cpu`);
  } finally {
    await rm(work, { recursive: true, force: true });
    await rm(staging, { recursive: true, force: true });
  }
}

function step(text) {
  say("TensorFlow", text);
}

function requireSystem() {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error("TensorFlow can be set up for Linux on x64 only; networks run on the built-in kernels");
  }
  const require = createRequire(path.join(root, "package.json"));
  const missing = COMPANIONS.filter((name) => !canResolve(require, name));
  if (missing.length > 0) {
    throw new Error(`node_modules lacks ${missing.join(", ")}: run \`npm ci\` without --omit=optional`);
  }
}

function canResolve(require, name) {
  try {
    require.resolve(`${name}/package.json`);
    return true;
  } catch {
    return false;
  }
}

function requireCompiler() {
  const compiler = process.env.CXX || "g++";
  if (spawnSync(compiler, ["--version"], { stdio: "ignore" }).status === 0) return compiler;
  throw new Error(`no C++ compiler (${compiler}): install g++ (Debian and Ubuntu: apt-get install g++)`);
}

function requirePip() {
  for (const python of ["python3", "python"]) {
    const pip = [python, "-m", "pip"];
    if (spawnSync(pip[0], [...pip.slice(1), "--version"], { stdio: "ignore" }).status === 0) return pip;
  }
  throw new Error("no pip: install Python 3 with pip (Debian and Ubuntu: apt-get install python3-pip)");
}

function requireSpace(folder, bytes) {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= bytes) return;
  const free = ((bavail * bsize) / 1e9).toFixed(1);
  throw new Error(`${folder} has ${free} GB free, TensorFlow needs ${(bytes / 1e9).toFixed(1)} GB there`);
}

/** Through the npm client: its registry, its proxy, its cache. */
async function unpackPackage({ name, sha512 }, work, folder) {
  const result = npm(["pack", name, "--pack-destination", work, "--prefer-offline", "--loglevel=error"], { cwd: work });
  const file = result.stdout?.trim().split("\n").at(-1);
  if (result.status !== 0 || !file) throw new Error(`npm pack ${name}: ${lastLine(result.stderr)}`);
  const tarball = path.join(work, file);
  await verify(tarball, name, "sha512", sha512);
  run("tar", ["-xzf", tarball, "-C", folder, "--strip-components=1"]);
}

/** Through pip: its index, its proxy, its cache. */
async function fetchWheel(pip, work) {
  const folder = path.join(work, "wheel");
  const quiet = ["--quiet", "--disable-pip-version-check"];
  run(pip[0], [...pip.slice(1), "download", ...quiet, "--dest", folder, ...WHEEL.options, WHEEL.name]);
  const [file] = await readdir(folder);
  const wheel = path.join(folder, file);
  await verify(wheel, WHEEL.name, "sha256", WHEEL.sha256);
  return wheel;
}

async function verify(file, name, algorithm, expected) {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file), hash);
  if (hash.digest("hex") === expected) return;
  throw new Error(`${name} is not the file that was checked (${algorithm.toUpperCase()} differs)`);
}

async function unpackWheel(wheel, libraries, include) {
  await mkdir(libraries, { recursive: true });
  const zip = await yauzl.openPromise(wheel, { lazyEntries: true });
  for await (const entry of zip.eachEntry()) {
    const place = placeOf(entry.fileName, libraries, include);
    if (place === undefined) continue;
    await mkdir(path.dirname(place), { recursive: true });
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(place));
  }
  const missing = LIBRARIES.filter((name) => !existsSync(path.join(libraries, name)));
  if (missing.length > 0) throw new Error(`${WHEEL.name} holds no ${missing.join(", ")}`);
}

/** Where a file of the wheel goes; undefined for what is not needed. */
function placeOf(name, libraries, include) {
  const library = LIBRARIES.find((file) => name === `tensorflow/${file}`);
  if (library !== undefined) return path.join(libraries, library);
  const header = /^tensorflow\/include\/(.*\.h)$/.exec(name)?.[1];
  if (header === undefined || !HEADER_FOLDERS.some((folder) => header.startsWith(folder))) return undefined;
  const place = path.join(include, header);
  if (path.relative(include, place).startsWith("..")) throw new Error(`${WHEEL.name} holds a file outside its folder`);
  return place;
}

/** Where `tfjs-node` looks for its addon: the newest Node-API it knows. */
async function compile(compiler, folder, libraries, includes) {
  const { binary } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const version = Math.max(...binary.napi_versions);
  const addon = path.join(folder, "lib", `napi-v${version}`, `${binary.module_name}.node`);
  await mkdir(path.dirname(addon), { recursive: true });
  const definitions = [`-DNAPI_VERSION=${version}`, `-DNODE_GYP_MODULE_NAME=${binary.module_name}`];
  run(compiler, [
    ...["-std=c++17", "-O2", "-fPIC", "-shared", "-DBUILDING_NODE_EXTENSION", ...definitions],
    ...includes.map((include) => `-I${include}`),
    `-I${folder}`,
    ...["tfjs_backend.cc", "tfjs_binding.cc"].map((file) => path.join(folder, "binding", file)),
    ...["-o", addon, `-L${libraries}`, ...LIBRARIES.map((name) => `-l:${name}`)],
    "-Wl,-rpath,$ORIGIN/../../deps/lib",
  ]);
}

/** Loads the package in a process of its own and multiplies two matrices. -> `{ version }` or `{ problem }`. */
function probe(folder) {
  const code = `
    const util = require("node:util");
    util.isNullOrUndefined ??= (value) => value == null;
    util.isArray ??= Array.isArray;
    const tf = require(process.argv[1]);
    const [value] = tf.matMul([[2, 3]], [[5], [7]]).dataSync();
    if (value !== 31) throw new Error("2 * 5 + 3 * 7 came out as " + value);
    console.log(tf.backend().binding.TF_Version);`;
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: "2" };
  const result = spawnSync(node24, ["-e", code, folder], { encoding: "utf8", env });
  if (result.status === 0) return { version: result.stdout.trim().split("\n").at(-1) };
  const problem = /^.*Error: (.*)$/m.exec(result.stderr)?.[1] ?? lastLine(result.stderr);
  return { problem: problem || `ended by ${result.signal}` };
}

function run(command, args) {
  const result = spawnSync(command, args, { encoding: "utf8" });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${path.basename(command)}: ${lastLine(result.stderr)}`);
}

function lastLine(text) {
  return (text ?? "").trim().split("\n").at(-1);
}
