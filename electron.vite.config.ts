import path from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "electron-vite";

/** scripts/build.mjs builds beside the running program and swaps folders at the end. */
const outFolder = process.env.EDGELOOM_OUT ?? "out";

/** Chromium and Node of the oldest Electron that must work (the fallback of scripts/setup). */
const CHROMIUM = "chrome130";
const NODE = "node20.18";

/** Every process under `main/`; only `desktop` runs inside Electron. */
const entries = {
  desktop: "main/desktop/index.ts",
  engine: "main/engine/index.ts",
  trainer: "main/trainer/index.ts",
  evaluator: "main/trainer/evaluate.ts",
  probe: "main/trainer/probe.ts",
  "kernel-thread": "main/trainer/kernel-thread.ts",
  cli: "main/cli/index.ts",
};

/** Native or very large: loaded from node_modules. All else is bundled, so that a process starts from few files. */
const external = [/^better-sqlite3$/, /^@tensorflow\//];

export default defineConfig({
  main: {
    build: {
      outDir: path.join(outFolder, "main"),
      target: NODE,
      externalizeDeps: false,
      minify: false,
      rolldownOptions: {
        external,
        input: entries,
        output: { format: "es", entryFileNames: "[name].js", chunkFileNames: "chunks/[name]-[hash].js" },
      },
    },
  },
  preload: {
    build: {
      outDir: path.join(outFolder, "preload"),
      target: NODE,
      // A sandboxed preload script can load nothing but itself.
      externalizeDeps: false,
      rolldownOptions: {
        input: { bridge: "preload/bridge.ts" },
        output: { format: "cjs", entryFileNames: "[name].cjs", codeSplitting: false },
      },
    },
  },
  renderer: {
    root: "renderer",
    plugins: [react()],
    build: {
      outDir: path.join(outFolder, "renderer"),
      target: CHROMIUM,
      rolldownOptions: { input: { index: "renderer/index.html" } },
    },
  },
});
