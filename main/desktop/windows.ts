import { BrowserWindow, type WebContents } from "electron";
import { channels } from "../../preload/contract.ts";
import { EngineConnection } from "./engine-connection.ts";

/** A window and its own way to the engine: what it asks for, and the events that it wants, are nobody else's. */
export interface AppWindow {
  readonly window: BrowserWindow;
  readonly connection: EngineConnection;
}

/** All windows on a data folder. */
export class Windows {
  private readonly dataFolder: string;
  private readonly create: (before: BrowserWindow | undefined) => BrowserWindow;
  private readonly opened = new Map<number, AppWindow>();

  constructor(dataFolder: string, create: (before: BrowserWindow | undefined) => BrowserWindow) {
    this.dataFolder = dataFolder;
    this.create = create;
  }

  get all(): readonly AppWindow[] {
    return [...this.opened.values()];
  }

  /** The window in front, or the one that was opened last. */
  get current(): AppWindow | undefined {
    const focused = BrowserWindow.getFocusedWindow();
    return this.all.find(({ window }) => window === focused) ?? this.all.at(-1);
  }

  /** The window whose page this is; undefined for anything else. */
  of(contents: WebContents): AppWindow | undefined {
    return this.opened.get(contents.id);
  }

  open(): AppWindow {
    const window = this.create(this.current?.window);
    const contents = window.webContents;
    const send = (channel: string, ...values: unknown[]): void => {
      if (!window.isDestroyed()) contents.send(channel, ...values);
    };
    const connection = new EngineConnection(this.dataFolder, {
      status: (status) => send(channels.engine, status),
      event: (name, payload) => send(channels.event, name, payload),
    });
    const entry = { window, connection };
    const { id } = contents;
    this.opened.set(id, entry);
    window.on("closed", () => {
      this.opened.delete(id);
      connection.close();
    });
    return entry;
  }

  sendAll(channel: string, value: unknown): void {
    for (const { window } of this.all) window.webContents.send(channel, value);
  }

  /** Brings the current window to the front. */
  show(): void {
    const window = this.current?.window;
    if (window === undefined) return;
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  }
}
