/**
 * Runs Electronegativity over files, offline: `node electronegativity.mjs FILE...` prints its findings and errors as JSON.
 * A process of its own, because the package needs two of its own dependencies replaced while it is loaded: `typescript`,
 * which a parser of it looks for beside itself and finds in a version without an interface, is the one that the package
 * brings along; `got`, with which it asks for translations, refuses.
 */
import { createRequire, registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const own = createRequire(require.resolve("@doyensec/electronegativity/package.json"));
const typescript = pathToFileURL(own.resolve("typescript")).href;
const offline = "edgeloom:offline";

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === "typescript") return { url: typescript, format: "commonjs", shortCircuit: true };
    if (specifier === "got") return { url: offline, format: "commonjs", shortCircuit: true };
    return next(specifier, context);
  },
  load(url, context, next) {
    if (url !== offline) return next(url, context);
    const source = "module.exports = async () => { throw new Error('no network here'); };";
    return { format: "commonjs", source, shortCircuit: true };
  },
});

const run = require("@doyensec/electronegativity/dist/runner.js");
const say = console.log;
console.log = () => {};

const [electronVersion, input] = process.argv.slice(2);
// Left out: the check that downloads the list of Electron's releases.
const excludeFromScan = ["AvailableSecurityFixesGlobalCheck"];
const { issues, errors } = await run({ input, excludeFromScan, electronVersionOverride: electronVersion }, false);
say(
  JSON.stringify({
    errors,
    findings: issues.map(({ id, severity, file, location, sample }) => ({
      id,
      severity: severity.name,
      file,
      line: location.line,
      sample: sample ?? "",
    })),
  }),
);
