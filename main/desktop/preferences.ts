import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { systemCode, writeFileAtomic } from "../platform/files.ts";

export const closingChoices = ["ask", "keep", "pause", "stop"] as const;
export type ClosingChoice = (typeof closingChoices)[number];

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const bounds = z.object({ x: z.number(), y: z.number(), width: z.number().min(200), height: z.number().min(200) });

const preferencesSchema = z.object({
  bounds: bounds.nullable().default(null),
  maximized: z.boolean().default(false),
  theme: z.enum(themes).default("system"),
  /** What happens to running runs when the window closes. */
  whenClosing: z.enum(closingChoices).default("ask"),
});
export type PreferenceValues = z.infer<typeof preferencesSchema>;

/** What the window remembers: one small file in the user-data folder. A file that cannot be read counts as none. */
export class Preferences {
  private readonly file: string;
  private held: PreferenceValues;

  constructor(folder: string) {
    this.file = path.join(folder, "desktop.json");
    this.held = read(this.file);
  }

  get values(): PreferenceValues {
    return this.held;
  }

  set(change: Partial<PreferenceValues>): void {
    this.held = { ...this.held, ...change };
    writeFileAtomic(this.file, `${JSON.stringify(this.held, undefined, 2)}\n`);
  }
}

function read(file: string): PreferenceValues {
  const fresh = preferencesSchema.parse({});
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return fresh;
  }
  try {
    return preferencesSchema.catch(fresh).parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return fresh;
    throw error;
  }
}
