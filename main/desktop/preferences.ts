import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { closingChoiceSchema, type ShellPreferences, themeSchema } from "../../preload/contract.ts";
import { systemCode, writeFileAtomic } from "../platform/files.ts";

const bounds = z.object({ x: z.number(), y: z.number(), width: z.number().min(200), height: z.number().min(200) });

const preferencesSchema = z.object({
  /** Of the window that was closed last. */
  bounds: bounds.nullable().default(null),
  maximized: z.boolean().default(false),
  theme: themeSchema.default("system"),
  whenClosing: closingChoiceSchema.default("ask"),
  notifications: z.boolean().default(true),
});
export type PreferenceValues = z.infer<typeof preferencesSchema>;

/** What the windows of a data folder remember: one small file in the user-data folder; a damaged one counts as none. */
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

  /** The part that a window may see and change. */
  get shared(): ShellPreferences {
    const { theme, whenClosing, notifications } = this.held;
    return { theme, whenClosing, notifications };
  }

  /** Answers whether anything is different now; what is undefined stays as it is. */
  set(change: Partial<PreferenceValues>): boolean {
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    const before = JSON.stringify(this.held);
    this.held = { ...this.held, ...Object.fromEntries(given) };
    if (JSON.stringify(this.held) === before) return false;
    writeFileAtomic(this.file, `${JSON.stringify(this.held, undefined, 2)}\n`);
    return true;
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
