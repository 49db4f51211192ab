import { statfsSync } from "node:fs";
import { totalmem } from "node:os";
import path from "node:path";
import { z } from "zod";
import { type Settings, settingsSchema } from "../../preload/contract.ts";
import { systemCode, writeFileAtomic } from "../platform/files.ts";
import { readVersionedJson } from "../runs/versioned-json.ts";

const SETTINGS_VERSION = 1;

/** Only what a person has set; the rest follows the machine. */
const settingsFileSchema = settingsSchema.partial().extend({ formatVersion: z.literal(SETTINGS_VERSION) });

const settingsKind = {
  schema: settingsFileSchema,
  version: SETTINGS_VERSION,
  what: "Settings file",
  code: "settings-damaged",
  hint: "Mend it or delete it: the standard settings then hold.",
};

const GIGABYTE = 1e9;

/** Settings of a data folder, in `settings.json`. */
export class SettingsFile {
  private readonly file: string;
  private readonly standard: Settings;
  private own: Partial<Settings>;

  /** @throws UserError `settings-damaged`, `format-newer` */
  constructor(dataFolder: string) {
    this.standard = standardSettings(dataFolder);
    this.file = path.join(dataFolder, "settings.json");
    this.own = {};
    try {
      const { formatVersion: _, ...own } = readVersionedJson(this.file, settingsKind);
      this.own = own;
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw error;
    }
  }

  get(): Settings {
    return { ...this.standard, ...this.own };
  }

  /** Changes some of them; on the disk when this returns. @throws UserError `disk-full`, `not-writable` */
  set(change: Partial<Settings>): Settings {
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    const own: Partial<Settings> = { ...this.own, ...Object.fromEntries(given) };
    writeFileAtomic(this.file, `${JSON.stringify({ formatVersion: SETTINGS_VERSION, ...own }, null, 2)}\n`);
    this.own = own;
    return this.get();
  }
}

/** A gigabyte each, less on a machine where that would be much. */
function standardSettings(dataFolder: string): Settings {
  const { blocks, bsize } = statfsSync(dataFolder);
  return {
    parallel: null,
    memoryKeptFreeBytes: Math.min(GIGABYTE, Math.round(totalmem() / 10)),
    diskKeptFreeBytes: Math.min(GIGABYTE, Math.round((blocks * bsize) / 20)),
  };
}
