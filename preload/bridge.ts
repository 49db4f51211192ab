/**
 * The only code that stands between the window and the shell: it offers `window.edgeloom` and nothing of Electron or
 * Node. Runs sandboxed, in a world of its own, and only passes on: the shell parses everything it gets.
 */
import { contextBridge, ipcRenderer } from "electron";
// Not from the contract itself, which would bring all of its schemas into every start of a window.
import { channels } from "./contract/channels.ts";
import type { Bridge, EngineStatus, ShellPreferences } from "./contract.ts";

type Unlisten = () => void;

function listenOn(channel: string, receive: (...values: unknown[]) => void): Unlisten {
  const listener = (_event: unknown, ...values: unknown[]) => receive(...values);
  ipcRenderer.on(channel, listener);
  return () => ipcRenderer.off(channel, listener);
}

/** Asks once for how things stand, which may be so since before the window listened, and then listens. */
function follow<T>(channel: string, handler: (value: T) => void): Unlisten {
  const unlisten = listenOn(channel, (value) => handler(value as T));
  void ipcRenderer.invoke(channel).then(handler);
  return unlisten;
}

const bridge: Bridge = {
  call: (method, params) => ipcRenderer.invoke(channels.call, method, params),
  listen: (event, handler) => {
    const receive = handler as (payload: unknown) => void;
    return listenOn(channels.event, (name, payload) => {
      if (name === event) receive(payload);
    });
  },
  onEngine: (handler) => follow<EngineStatus>(channels.engine, handler),
  reconnect: () => ipcRenderer.invoke(channels.reconnect),
  setCommands: (commands) => ipcRenderer.invoke(channels.commands, commands),
  onMenu: (handler) => listenOn(channels.menu, (id) => handler(id as string)),
  versions: () => ipcRenderer.invoke(channels.versions),
  showFolder: (path) => ipcRenderer.invoke(channels.showFolder, path),
  copyText: (text) => ipcRenderer.invoke(channels.copyText, text),
  onPreferences: (handler) => follow<ShellPreferences>(channels.preferences, handler),
  setPreferences: (change) => ipcRenderer.invoke(channels.setPreferences, change),
  recent: () => ipcRenderer.invoke(channels.recent),
  openRecent: (folder) => ipcRenderer.invoke(channels.openRecent, folder),
  act: (action) => ipcRenderer.invoke(channels.act, action),
};

contextBridge.exposeInMainWorld("edgeloom", bridge);
