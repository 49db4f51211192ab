import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { parameterValueSchema } from "../../preload/contract.ts";
import { resourcePath } from "../platform/paths.ts";

const values = z.record(z.string(), parameterValueSchema);

const presetsSchema = z.record(
  z.string(),
  z.strictObject({
    help: z.string(),
    set: values,
    /** Learner id -> what it gets beside or instead of `set`. */
    learners: z.record(z.string(), values).default({}),
  }),
);
export type Presets = z.infer<typeof presetsSchema>;
export type Preset = Presets[string];

/** What a preset sets for one learner. It may also name parameters that the learner does not have. */
export function presetFor(preset: Preset, learner: string): z.infer<typeof values> {
  return { ...preset.set, ...preset.learners[learner] };
}

/** The named sets of parameter values that a scenario comes with: `resources/presets/<scenario>.json`. */
export function readPresets(scenario: string): Presets {
  const file = resourcePath("presets", `${scenario.replaceAll("/", "-")}.json`);
  return existsSync(file) ? presetsSchema.parse(JSON.parse(readFileSync(file, "utf8"))) : {};
}
