/**
 * The only code that stands between the window and the shell: it offers `window.edgeloom` and nothing of Electron or
 * Node. Runs sandboxed, in a world of its own; the shell parses everything again.
 */
import { contextBridge, ipcRenderer } from "electron";
import { type Bridge, channels, type EngineStatus, events, type MenuCommand, methods } from "./contract.ts";

type Unlisten = () => void;

function listenOn(channel: string, receive: (...values: unknown[]) => void): Unlisten {
  const listener = (_event: unknown, ...values: unknown[]) => receive(...values);
  ipcRenderer.on(channel, listener);
  return () => ipcRenderer.off(channel, listener);
}

const bridge: Bridge = {
  call: (method, params) => {
    if (!Object.hasOwn(methods, method)) throw new TypeError(`no method is called "${String(method)}"`);
    return ipcRenderer.invoke(channels.call, method, params);
  },
  listen: (event, handler) => {
    if (!Object.hasOwn(events, event)) throw new TypeError(`no event is called "${String(event)}"`);
    const receive = handler as (payload: unknown) => void;
    return listenOn(channels.event, (name, payload) => {
      if (name === event) receive(payload);
    });
  },
  onEngine: (handler) => {
    const unlisten = listenOn(channels.engine, (status) => handler(status as EngineStatus));
    // The connection is usually there before the window listens: ask once for how it stands.
    void ipcRenderer.invoke(channels.engine).then(handler);
    return unlisten;
  },
  reconnect: () => ipcRenderer.invoke(channels.reconnect),
  onMenu: (handler) => listenOn(channels.menu, (command) => handler(command as MenuCommand)),
  versions: () => ipcRenderer.invoke(channels.versions),
  showFolder: (path) => ipcRenderer.invoke(channels.showFolder, path),
  copyText: (text) => ipcRenderer.invoke(channels.copyText, text),
};

contextBridge.exposeInMainWorld("edgeloom", bridge);
