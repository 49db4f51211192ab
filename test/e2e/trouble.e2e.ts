import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ownLock, releaseEngineLock, takeEngineLock } from "../../main/link/engine-lock.ts";
import { frame } from "../../main/link/frames.ts";
import { socketPath } from "../../main/link/socket-path.ts";
import { PROTOCOL_VERSION } from "../../preload/contract.ts";
import {
  cleanUp,
  closeApp,
  electronExecutable,
  type Folders,
  keepPicture,
  launch,
  makeFolders,
  openApp,
  startWords,
} from "./app.ts";

let folders: Folders;
beforeEach(() => {
  folders = makeFolders();
});
afterEach(() => cleanUp(folders));

/** An engine of a later version, as far as its handshake goes. */
async function laterEngine(data: string): Promise<{ stop(): Promise<void> }> {
  const socket = socketPath(data);
  const lock = ownLock(socket, PROTOCOL_VERSION + 1, "9.9.9");
  expect(takeEngineLock(data, lock)).toBe(true);
  const error = {
    code: "protocol-mismatch",
    message: "The engine of this data folder is Edgeloom 9.9.9",
    hint: "Use one version with this data folder.",
  };
  const refusal = { edgeloom: "refused", protocol: PROTOCOL_VERSION + 1, version: "9.9.9", error };
  const server = net.createServer((peer) => {
    peer.once("data", () => peer.end(frame(Buffer.from(JSON.stringify(refusal)))));
    peer.on("error", () => peer.destroy());
  });
  server.listen(socket);
  await once(server, "listening");
  return {
    stop: async () => {
      releaseEngineLock(data, lock);
      server.close();
      await once(server, "close");
    },
  };
}

it("says plainly that the engine is of another version, and goes on once it is not", async () => {
  const engine = await laterEngine(folders.data);
  const opened = await launch(folders);
  const screen = opened.page.locator('[data-screen="refused"]');
  await screen.waitFor();
  expect(await screen.innerText()).toContain("The engine of this data folder is Edgeloom 9.9.9");
  expect(await screen.innerText()).toContain("Use one version with this data folder.");
  await keepPicture(opened.page, "refused");
  await engine.stop();
  await screen.getByRole("button", { name: "Try again" }).click();
  await opened.page.locator('[data-screen="empty"]').waitFor();
  await closeApp(opened);
});

it("says so when an exception was thrown in the window, with details to copy, and starts anew", async () => {
  const opened = await openApp(folders);
  await opened.page.evaluate(() => {
    setTimeout(() => {
      throw new Error("a bug of the window");
    });
  });
  const screen = opened.page.locator('[data-screen="crash"]');
  await screen.waitFor();
  await screen.getByText("Chromium").waitFor();
  await screen.getByRole("button", { name: "Copy details" }).click();
  const copied = () => opened.app.evaluate(({ clipboard }) => clipboard.readText());
  await expect.poll(copied, { timeout: 5000 }).toContain("a bug of the window");
  expect(await copied()).toContain("Electron: ");
  await screen.getByRole("button", { name: "Restart the window" }).click();
  await opened.page.locator('[data-screen="empty"]').waitFor();
  await closeApp(opened);
});

it("shows an exception of the shell in a window of its own, with details to copy, and then ends", async () => {
  const opened = await openApp(folders);
  const gone = new Promise<number | null>((resolve) => opened.app.process().once("exit", (code) => resolve(code)));
  const shown = await opened.app.evaluate(
    ({ clipboard, dialog }) =>
      new Promise<{ detail: string; copied: string }>((resolve) => {
        let asked = 0;
        const show = async (options: { detail: string }) => {
          asked++;
          if (asked === 1) return { response: 1, checkboxChecked: false };
          resolve({ detail: options.detail, copied: await clipboard.readText() });
          await new Promise((later) => setTimeout(later, 500));
          return { response: 2, checkboxChecked: false };
        };
        Object.assign(dialog, { showMessageBox: show });
        setTimeout(() => {
          throw new Error("a bug of the shell");
        });
      }),
  );
  expect(shown.detail).toContain("a bug of the shell");
  expect(shown.copied).toContain("a bug of the shell");
  expect(shown.copied).toContain("Edgeloom: ");
  expect(await gone).toBe(1);
});

it("has one window a data folder: a second start brings the first to the front", async () => {
  const opened = await openApp(folders);
  await opened.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize());
  const second = spawn(electronExecutable, startWords(folders), { stdio: "ignore" });
  const [code] = await once(second, "exit");
  expect(code).toBe(0);
  expect(opened.app.windows()).toHaveLength(1);
  const minimized = () => opened.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isMinimized());
  await expect.poll(minimized, { timeout: 5000 }).toBe(false);
  await closeApp(opened);
});

it("names a data folder that cannot be written, instead of opening", async () => {
  const file = path.join(folders.data, "file");
  writeFileSync(file, "");
  const inside = path.join(file, "project");
  const words = startWords({ ...folders, data: inside });
  const child = spawn(electronExecutable, words, { stdio: ["ignore", "ignore", "pipe"] });
  let text = "";
  await new Promise<void>((resolve) => {
    child.stderr.on("data", (piece) => {
      text += piece;
      if (text.includes("Edgeloom cannot start")) resolve();
    });
    child.once("exit", () => resolve());
  });
  child.kill("SIGKILL");
  expect(text).toContain(`The data folder ${inside} cannot be written (ENOTDIR).`);
  expect(text).toContain("--data or EDGELOOM_DATA");
});

it("takes the data folder from EDGELOOM_DATA where no option names one", async () => {
  const other = path.join(folders.data, "from the environment");
  mkdirSync(other);
  const opened = await launch({ userData: folders.userData, data: undefined }, { EDGELOOM_DATA: other });
  await opened.page.locator('[data-screen="empty"]').waitFor();
  const folder = opened.page.locator(".status-folder");
  expect(await folder.innerText()).toBe("from the environment");
  expect(await folder.getAttribute("title")).toContain(other);
  await closeApp(opened);
  await cleanUp({ data: other, userData: folders.userData });
});
