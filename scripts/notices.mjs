/**
 * `npm run notices`: writes THIRD-PARTY-NOTICES.md from the packages that the lock file calls production packages, as
 * they lie in node_modules. `--check` only compares and exits with 1 when the file is out of date.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { main, root } from "./common.mjs";

const file = path.join(root, "THIRD-PARTY-NOTICES.md");

/** Development packages that leave code of their own in what is built. */
const COMPILED_IN = ["assemblyscript"];

/** Packages whose text is not in the package itself. */
const TEXTS = {
  node: "The Node.js runtime. Copyright Node.js contributors. Its licence and those of the parts that it contains are the\nfile LICENSE of each Node.js release.",
};

/** Folders of the packages that a packed app contains, dependencies of dependencies included. */
function productionPackages() {
  const { packages } = JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8"));
  return Object.entries(packages)
    .filter(([folder, entry]) => folder !== "" && !entry.dev && !entry.devOptional && !entry.optional)
    .map(([folder]) => folder)
    .filter((folder) => !folder.startsWith("node_modules/@types/"))
    .concat(COMPILED_IN.map((name) => `node_modules/${name}`))
    .sort();
}

function licenseText(folder) {
  const name = readdirSync(folder).find((entry) => /^(licen[cs]e|copying|ofl)(\.|$)/i.test(entry));
  return name === undefined ? undefined : readFileSync(path.join(folder, name), "utf8").trim();
}

function author(manifest) {
  const value = manifest.author;
  return typeof value === "string" ? value : value?.name;
}

function notices() {
  const seen = new Set();
  const sections = [];
  for (const relative of productionPackages()) {
    const folder = path.join(root, relative);
    if (!existsSync(folder)) throw new Error(`${relative} is not installed: run \`npm ci\``);
    const manifest = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
    const title = `${manifest.name} ${manifest.version}`;
    if (seen.has(title)) continue;
    seen.add(title);
    const license = typeof manifest.license === "object" ? manifest.license.type : manifest.license;
    const text =
      TEXTS[manifest.name] ??
      licenseText(folder) ??
      `Copyright ${author(manifest) ?? `the authors of ${manifest.name}`}`;
    sections.push(`## ${title}\n\nLicense: ${license ?? "see below"}\n\n\`\`\`text\n${text}\n\`\`\`\n`);
  }
  return [
    "# Third-party notices",
    "",
    "Written by `npm run notices` from the packages that the program needs when it runs. Electron and Chromium bring",
    "their own notices in `node_modules/electron/dist`; optional packages that are not distributed are left out.",
    "",
    ...sections,
  ].join("\n");
}

await main(() => {
  const text = notices();
  if (!process.argv.includes("--check")) {
    writeFileSync(file, text);
    console.log(`${path.basename(file)}: ${text.match(/^## /gm).length} packages`);
  } else if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
    throw new Error("THIRD-PARTY-NOTICES.md is out of date: run `npm run notices`");
  }
});
