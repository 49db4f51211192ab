import { readFileSync } from "node:fs";
import path from "node:path";
import { applicationRoot } from "./paths.ts";

/** Version of this program, as `package.json` has it. */
export const programVersion: string = JSON.parse(
  readFileSync(path.join(applicationRoot, "package.json"), "utf8"),
).version;
