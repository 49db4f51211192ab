/**
 * Goes into the fallback Electron's `resources/app` and does with its arguments what Electron's own default app does:
 * loads `-r` modules, takes the first argument that is not a flag as the app's folder and starts that app's `main`.
 * The `await` at top level matters: Electron is not ready before it is over, so the app may still register schemes.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { app } from "electron";

const require = createRequire(import.meta.url);
// A copy: Playwright's loader takes its own words out of process.argv while it is loaded.
const words = process.argv.slice(1);
let folder;
for (let i = 0; i < words.length && folder === undefined; i++) {
  const argument = words[i];
  if (argument === "-r" || argument === "--require") require(path.resolve(words[++i]));
  else if (!argument.startsWith("-")) folder = path.resolve(argument);
}

process.defaultApp = true;
if (folder === undefined) {
  console.error("usage: electron <folder of an app>");
  app.exit(2);
} else {
  const manifest = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  app.setName(manifest.productName ?? manifest.name);
  app.setVersion(manifest.version);
  app.setAppPath(folder);
  app.setPath("userData", path.join(app.getPath("appData"), app.getName()));
  try {
    await import(pathToFileURL(path.join(folder, manifest.main)).href);
  } catch (error) {
    console.error(error);
    app.exit(1);
  }
}
