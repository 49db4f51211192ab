/**
 * Makes a fresh `npm ci` usable: Node 24, Electron, system packages, build. Runs as npm's `prepare`, with whatever Node
 * that npm has (20 or later), and again at no cost whenever somebody asks: `node scripts/setup.mjs`.
 * `--tensorflow` sets up the optional TensorFlow where set-up would not.
 */
import { main, say } from "./common.mjs";
import { linkCommand } from "./setup/command.mjs";
import { continueOnNode24, ensureNode24 } from "./setup/node.mjs";

await main(async () => {
  continueOnNode24();
  linkCommand();
  say("Node", `${ensureNode24()} in node_modules/node`);
  const { ensureElectron } = await import("./setup/electron.mjs");
  const electron = await ensureElectron();
  const { ensureSystemPackages } = await import("./setup/system-packages.mjs");
  ensureSystemPackages(electron?.executable);
  const { ensureTensorflow } = await import("./setup/tensorflow.mjs");
  await ensureTensorflow(process.argv.includes("--tensorflow"));
  const { ensureBuilt } = await import("./build.mjs");
  await ensureBuilt();
});
