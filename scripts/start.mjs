/**
 * `npm start`: the window; where there is no display (or no Electron), the quick start in the terminal.
 * What follows `--` goes to the app: `npm start -- --data ~/experiments`.
 */
import path from "node:path";
import { ensureBuilt } from "./build.mjs";
import { hasDisplay, isRoot, main, root, runInTerminal } from "./common.mjs";
import { ensureElectron, installedElectron } from "./setup/electron.mjs";
import { continueOnNode24 } from "./setup/node.mjs";

const words = process.argv.slice(2);

await main(async () => {
  continueOnNode24();
  await ensureBuilt({ quiet: true });
  process.exitCode = hasDisplay() ? await openWindow() : await quickStart("There is no display here");
});

async function openWindow() {
  const electron = installedElectron() ?? (await ensureElectron());
  if (electron === undefined) return quickStart("There is no Electron here");
  // Chromium's sandbox cannot be set up by root; anybody else keeps it.
  const sandbox = isRoot() ? ["--no-sandbox"] : [];
  return runInTerminal(electron.executable, [...sandbox, root, ...words]);
}

function quickStart(why) {
  console.log(`${why}: training the quick start in this terminal instead.`);
  const run = ["run", "emulator-tuning/hmppo", "--preset", "small", "--name", "quick-start", ...words];
  return runInTerminal(process.execPath, [path.join(root, "out", "main", "cli.js"), ...run]);
}
