/** What passes between a window and the shell: the preload bridge, its channels, and the schemas of what they carry. */
import { z } from "zod";
import type { Answer, EventName, EventPayload, MethodName, MethodParams, MethodResult } from "../contract.ts";

/** The shell's connection to the engine, as the window is told. */
export interface EngineStatus {
  readonly state: "connected" | "connecting" | "lost" | "refused";
  readonly text: string;
}

export const commandIdSchema = z.string().regex(/^[a-z][a-z0-9.-]{0,59}$/, "not the id of a command");

/** In the order in which menus and the palette show them. */
export const commandGroups = ["Project", "Run", "Queue", "Curves", "View", "World", "Window", "Help"] as const;

/** A shortcut: modifiers, then one key; Mod = Ctrl, or Command on macOS. */
const keysSchema = z.string().regex(/^((Mod|Shift|Alt)\+)*([^\s+]|[A-Z][A-Za-z0-9]+)$/, "not a shortcut");

/** The window's commands, for the menus. */
export const menuCommandsSchema = z
  .array(
    z.object({
      id: commandIdSchema,
      title: z.string().min(1).max(80),
      group: z.enum(commandGroups),
      keys: keysSchema.optional(),
    }),
  )
  .max(500);
export type MenuCommands = z.infer<typeof menuCommandsSchema>;

export const themeSchema = z.enum(["system", "light", "dark"]);
export type Theme = z.infer<typeof themeSchema>;

/** What happens to runs that are going when the last window closes. */
export const closingChoiceSchema = z.enum(["ask", "keep", "pause", "stop"]);
export type ClosingChoice = z.infer<typeof closingChoiceSchema>;

/** What a person prefers of the shell, for every window of a data folder. */
export const shellPreferencesSchema = z.object({
  theme: themeSchema,
  whenClosing: closingChoiceSchema,
  /** Whether the system tells of runs that ended while no window is in front. */
  notifications: z.boolean(),
});
export type ShellPreferences = z.infer<typeof shellPreferencesSchema>;

/** A change: only these, each of them optional. */
export const preferenceChangeSchema = shellPreferencesSchema.partial().strict();

/** What the shell does for a window; each is an entry of its menus too. */
export const shellActionSchema = z.enum([
  "new-window",
  "open-folder",
  "clear-recent",
  "show-data-folder",
  "close-window",
  "show-log",
  "show-engine-log",
  "show-licences",
]);
export type ShellAction = z.infer<typeof shellActionSchema>;

/** What the window gets from the preload bridge as `window.edgeloom`. */
export interface Bridge {
  call<M extends MethodName>(method: M, params: MethodParams<M>): Promise<Answer<MethodResult<M>>>;
  listen<E extends EventName>(event: E, handler: (payload: EventPayload<E>) => void): () => void;
  /** Engine connection: `connected`, `lost`, `refused` with the reason. */
  onEngine(handler: (status: EngineStatus) => void): () => void;
  /** A new try after `refused` or `lost`. */
  reconnect(): Promise<void>;
  /** Tells the commands of this window, from which the menus are made. */
  setCommands(commands: MenuCommands): Promise<Answer<null>>;
  /** The id of the command that the person chose in the menu. */
  onMenu(handler: (id: string) => void): () => void;
  versions(): Promise<Record<string, string>>;
  /** Opens a folder inside the data folder in the system's file manager. */
  showFolder(path: string): Promise<Answer<null>>;
  copyText(text: string): Promise<Answer<null>>;
  /** Now and whenever they change, in this window or another. */
  onPreferences(handler: (preferences: ShellPreferences) => void): () => void;
  setPreferences(change: Partial<ShellPreferences>): Promise<Answer<null>>;
  /** Data folders that were opened before, the last one first; this one is among them. */
  recent(): Promise<readonly string[]>;
  /** Opens one of the recent data folders in a window of its own, or shows the one that has it open. */
  openRecent(folder: string): Promise<Answer<null>>;
  act(action: ShellAction): Promise<Answer<null>>;
}
