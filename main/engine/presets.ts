import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { parameterValueSchema } from "../../preload/contract.ts";
import { resourcePath } from "../platform/paths.ts";

const presetsSchema = z.record(
  z.string(),
  z.strictObject({ help: z.string(), set: z.record(z.string(), parameterValueSchema) }),
);
export type Presets = z.infer<typeof presetsSchema>;

/** The named sets of parameter values that a scenario comes with: `resources/presets/<scenario>.json`. */
export function readPresets(scenario: string): Presets {
  const file = resourcePath("presets", `${scenario.replaceAll("/", "-")}.json`);
  return existsSync(file) ? presetsSchema.parse(JSON.parse(readFileSync(file, "utf8"))) : {};
}
