/**
 * Who may import whom. `node scripts/check-imports.mjs` (part of `npm run lint`) names each import that the matrix does
 * not allow and exits with 1. Type imports count like any other, but for the packages that a row allows for types alone.
 */
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { root } from "./common.mjs";

/**
 * One row a part of the house; a file belongs to the longest `part` that leads to it. It may import from its own part,
 * from the parts and files in `from`, and the `packages` named (of those in `types` only types, by `import type`); `node`
 * allows Node's own modules.
 */
export const matrix = [
  { part: "lab", from: [], packages: ["zod"], node: false },
  { part: "lab/nn/tensorflow", from: ["lab"], packages: [], types: ["@tensorflow/tfjs-core"], node: false },
  { part: "main/platform", from: [], packages: [], node: true },
  { part: "main/link", from: ["preload/contract", "main/platform"], packages: ["zod"], node: true },
  {
    part: "main/desktop",
    from: ["preload/contract", "main/link", "main/platform"],
    packages: ["electron", "zod"],
    node: true,
  },
  {
    part: "main/engine",
    from: ["main/store", "main/runs", "main/launch", "main/link", "main/platform", "lab", "preload/contract"],
    packages: ["zod", "fastest-levenshtein"],
    node: true,
  },
  { part: "main/store", from: ["preload/contract"], packages: ["better-sqlite3", "zod"], node: true },
  { part: "main/runs", from: ["main/platform"], packages: ["zod"], node: true },
  { part: "main/trainer", from: ["lab", "main/runs", "main/platform"], packages: ["zod"], node: true },
  { part: "main/launch", from: ["main/platform"], packages: [], node: true },
  {
    part: "main/cli",
    from: ["preload/contract", "main/link", "main/platform"],
    packages: ["commander", "cli-progress", "zod"],
    node: true,
  },
  { part: "preload/contract", from: [], packages: ["zod"], node: false },
  { part: "preload", from: [], packages: ["electron", "zod"], node: false },
  {
    part: "renderer",
    from: ["preload/contract", "lab/stats"],
    packages: [
      "react",
      "react-dom",
      "zod",
      "recharts",
      "uplot",
      "@mantine/core",
      "@mantine/hooks",
      "@mantine/spotlight",
      "react-markdown",
      "remark-gfm",
      "fastest-levenshtein",
      "@tabler/icons-react",
      "@tanstack/react-table",
      "@tanstack/react-virtual",
      "@fontsource-variable/inter",
      "@fontsource-variable/jetbrains-mono",
    ],
    node: false,
  },
];

const SOURCE = /\.(ts|tsx|mts|js|mjs)$/;
const STATIC_IMPORT = /^[ \t]*(?:import|export)\b(?:[^;"']*?\bfrom)?\s*["']([^"']+)["']/gm;
const DYNAMIC_IMPORT = /\b(?:import|require)\(\s*["']([^"']+)["']/g;

const TYPE_IMPORT = /^\s*(?:import|export)\s+type\s/;

/** Every module that a source text names: `{ specifier, typeOnly }`. */
export function importsOf(text) {
  return [STATIC_IMPORT, DYNAMIC_IMPORT].flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([statement, specifier]) => ({ specifier, typeOnly: TYPE_IMPORT.test(statement) })),
  );
}

/** True when `file` (without extension or not) is `part` or lies under it. */
function within(file, part) {
  return file === part || file.startsWith(`${part}/`) || file.replace(SOURCE, "") === part;
}

function rowOf(file) {
  const rows = matrix.filter((row) => within(file, row.part));
  return rows.sort((a, b) => b.part.length - a.part.length)[0];
}

/** Why `file` may not import `specifier`, or undefined. Paths are relative to `folder`, with forward slashes. */
export function objection(file, { specifier, typeOnly }) {
  const row = rowOf(file);
  if (row === undefined) return "is in no part that the matrix knows";
  if (specifier.startsWith(".")) {
    const target = path.posix.join(path.posix.dirname(file), specifier);
    if ([row.part, ...row.from].some((part) => within(target, part))) return undefined;
    return `${row.part} may import ${["itself", ...row.from].join(", ")}`;
  }
  if (specifier.startsWith("node:") || builtinModules.includes(specifier)) {
    return row.node ? undefined : `${row.part} may not use Node's modules`;
  }
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  if (row.packages.includes(name) || (typeOnly && row.types?.includes(name))) return undefined;
  return `${row.part} may use ${row.packages.length === 0 ? "no packages" : `the packages ${row.packages.join(", ")}`}`;
}

/** Lines `file imports x: why not` for all sources under `folder`. */
export function violations(folder) {
  const lines = [];
  for (const top of ["lab", "main", "preload", "renderer"]) {
    for (const entry of readdirSync(path.join(folder, top), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !SOURCE.test(entry.name)) continue;
      const absolute = path.join(entry.parentPath, entry.name);
      const file = path.relative(folder, absolute).split(path.sep).join("/");
      if (within(file, "lab/nn/wasm/assembly")) continue; // AssemblyScript, another language
      for (const found of importsOf(readFileSync(absolute, "utf8"))) {
        const why = objection(file, found);
        if (why !== undefined) lines.push(`${file} imports ${found.specifier}: ${why}`);
      }
    }
  }
  return lines;
}

if (process.argv[1] === import.meta.filename) {
  const lines = violations(process.argv[2] ?? root);
  for (const line of lines) console.error(line);
  console.log(lines.length === 0 ? "imports: as the matrix allows" : `imports: ${lines.length} not allowed`);
  process.exitCode = lines.length === 0 ? 0 : 1;
}
