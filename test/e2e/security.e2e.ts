import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applicationRoot } from "../../main/platform/paths.ts";
import { methods } from "../../preload/contract.ts";
import { wildValues } from "../support/wild-values.ts";
import { cleanUp, closeApp, makeFolders, type Opened, openApp } from "./app.ts";

const folders = makeFolders();
let opened: Opened;

beforeAll(async () => {
  opened = await openApp(folders);
});
afterAll(async () => {
  await closeApp(opened);
  await cleanUp(folders);
});

/** An undocumented method that Electron's own tests use as well. */
interface Inspectable {
  getLastWebPreferences(): object;
}

/** Methods that do nothing lasting, or nothing without an item of the data folder, which is empty. */
const lasting: readonly string[] = ["engine.stop", "rows.write", "evaluate", "world.replay", "runs.create"];
const fuzzed = Object.keys(methods).filter((name) => !lasting.includes(name));

describe("the page", () => {
  it("has the bridge and nothing of Node or Electron", async () => {
    const found = await opened.page.evaluate(() =>
      ["require", "process", "module", "Buffer", "global", "electron", "ipcRenderer"].filter((name) => name in window),
    );
    expect(found).toEqual([]);
    const offered = await opened.page.evaluate(() => Object.keys(window.edgeloom).sort());
    const expected = [
      "act",
      "call",
      "copyText",
      "listen",
      "onEngine",
      "onMenu",
      "onPreferences",
      "openRecent",
      "recent",
    ];
    expected.push("reconnect", "setCommands", "setPreferences", "showFolder", "versions");
    expect(offered).toEqual(expected);
  });

  it("runs sandboxed, isolated and without webview", async () => {
    const preferences = await opened.app.evaluate(({ webContents }) => {
      const [contents] = webContents.getAllWebContents() as unknown as Inspectable[];
      return contents?.getLastWebPreferences();
    });
    expect(preferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      webSecurity: true,
    });
  });

  it("has no risky preference switched on", async () => {
    const preferences = await opened.app.evaluate(({ webContents }) => {
      const [contents] = webContents.getAllWebContents() as unknown as Inspectable[];
      return contents?.getLastWebPreferences() as Record<string, unknown>;
    });
    for (const name of ["allowRunningInsecureContent", "experimentalFeatures", "nodeIntegrationInWorker"]) {
      expect([name, preferences[name] ?? false]).toEqual([name, false]);
    }
    expect(preferences.enableBlinkFeatures ?? "").toBe("");
  });

  it("opens no window for a middle click on a link", async () => {
    const before = opened.app.windows().length;
    const address = opened.page.url();
    await opened.page.evaluate(() => {
      const link = document.createElement("a");
      link.href = "app://edgeloom/index.html";
      link.id = "middle-click";
      link.textContent = "link";
      link.style.cssText = "position: fixed; top: 0; left: 0; z-index: 10000";
      link.addEventListener("mouseup", () => link.setAttribute("data-clicked", ""));
      document.body.append(link);
    });
    await opened.page.locator("#middle-click").click({ button: "middle" });
    await opened.page.locator("#middle-click[data-clicked]").waitFor();
    await opened.page.evaluate(() => document.getElementById("middle-click")?.remove());
    expect(opened.app.windows().length).toBe(before);
    expect(opened.page.url()).toBe(address);
  });

  it("lets no webview come into being", async () => {
    const before = opened.app.windows().length;
    const tag = await opened.page.evaluate(() => {
      const view = document.createElement("webview");
      view.setAttribute("src", "https://example.org/");
      document.body.append(view);
      const known = "getWebContentsId" in view;
      view.remove();
      return known;
    });
    expect(tag).toBe(false);
    const contents = await opened.app.evaluate(({ webContents }) => webContents.getAllWebContents().length);
    expect(contents).toBe(before);
  });

  it("cannot change the bridge", async () => {
    const changed = await opened.page.evaluate(() => {
      const before = window.edgeloom.call;
      try {
        Object.assign(window.edgeloom, { call: () => "mine" });
      } catch {
        return false; // frozen: the assignment throws
      }
      return window.edgeloom.call !== before;
    });
    expect(changed).toBe(false);
  });

  it("runs no inline script, evaluates no text and loads nothing from elsewhere", async () => {
    const violations = await opened.page.evaluate(async () => {
      const directives: string[] = [];
      document.addEventListener("securitypolicyviolation", (event) => directives.push(event.effectiveDirective));
      const add = (name: string, attributes: object) =>
        document.body.append(Object.assign(document.createElement(name), attributes));
      add("script", { textContent: "window.inline = true" });
      add("script", { src: "https://example.org/a.js" });
      add("img", { src: "https://example.org/a.png" });
      add("iframe", { src: "https://example.org/" });
      add("style", { textContent: "body { color: red }" });
      await fetch("https://example.org/").catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 300));
      return { directives: [...new Set(directives)].sort(), inline: "inline" in window };
    });
    expect(violations.inline).toBe(false);
    expect(violations.directives).toEqual(["connect-src", "frame-src", "img-src", "script-src-elem", "style-src-elem"]);
  });

  it("has a policy without eval, and a nonce of its own each time", async () => {
    const policies = await opened.app.evaluate(async ({ net }) => {
      const answers = [await net.fetch("app://edgeloom/index.html"), await net.fetch("app://edgeloom/index.html")];
      return answers.map((answer) => answer.headers.get("content-security-policy"));
    });
    expect(policies[0]).toContain("default-src 'none'; script-src 'self';");
    expect(policies[0]).not.toMatch(/unsafe|\*|http/);
    expect(policies[0]).not.toBe(policies[1]);
  });
});

describe("where it may go", () => {
  it("stays on its own page", async () => {
    const before = opened.page.url();
    for (const address of [
      "https://example.org/",
      "file:///etc/passwd",
      "data:text/html,x",
      "app://edgeloom/assets/",
    ]) {
      await opened.page.evaluate((target) => {
        window.location.href = target;
      }, address);
      await opened.page.waitForTimeout(150);
      expect(opened.page.url()).toBe(before);
    }
  });

  it("opens no window; only https goes to the system's browser", async () => {
    await opened.app.evaluate(({ shell }) => {
      const asked: string[] = [];
      Object.assign(globalThis, { asked });
      shell.openExternal = async (address) => void asked.push(address);
    });
    const results = await opened.page.evaluate(() =>
      ["https://example.org/paper", "http://example.org/", "file:///etc/passwd", "javascript:alert(1)"].map(
        (address) => window.open(address) === null,
      ),
    );
    expect(results).toEqual([true, true, true, true]);
    expect(opened.app.windows()).toHaveLength(1);
    const asked = await opened.app.evaluate(() => (globalThis as unknown as { asked: string[] }).asked);
    expect(asked).toEqual(["https://example.org/paper"]);
  });

  it("gets no permission", async () => {
    const states = await opened.page.evaluate(async () => {
      const names = ["notifications", "geolocation", "camera", "microphone", "clipboard-read"] as PermissionName[];
      const asked = await Promise.all(names.map((name) => navigator.permissions.query({ name })));
      const media = await navigator.mediaDevices.getUserMedia({ audio: true }).then(
        () => "granted",
        () => "refused",
      );
      return [...asked.map(({ state }) => state), media];
    });
    expect(states).not.toContain("granted");
  });

  it("serves only its own files", async () => {
    writeFileSync(path.join(folders.data, "secret.html"), "secret");
    const statuses = await opened.app.evaluate(async ({ net }, data) => {
      const addresses = [
        "app://edgeloom/index.html",
        "app://edgeloom/../main/desktop.js",
        "app://edgeloom/..%2fmain%2fdesktop.js",
        "app://edgeloom/%2e%2e/%2e%2e/package.json",
        `app://edgeloom/..%2f..%2f..%2f..%2f..%2f..${data}/secret.html`,
        "app://elsewhere/index.html",
        "app://edgeloom/",
      ];
      const answers = addresses.map((address) => net.fetch(address).then((answer) => answer.status));
      return Promise.all(answers);
    }, folders.data);
    expect(statuses).toEqual([200, 404, 404, 404, 404, 404, 404]);
  });
});

type Answered = { ok: true; value: unknown } | { ok: false; error: { code: string; message: string; field?: string } };

describe("messages to the shell", () => {
  it("are refused for methods that do not exist", async () => {
    const answer = await opened.page.evaluate(() => window.edgeloom.call("constructor" as "doctor", {}));
    expect(answer).toMatchObject({ ok: false, error: { code: "method-unknown" } });
  });

  it("are refused for methods that the window has no business with", async () => {
    for (const method of ["engine.stop", "rows.write"]) {
      const answer = await opened.page.evaluate((name) => window.edgeloom.call(name as "engine.stop", {}), method);
      expect(answer).toMatchObject({ ok: false, error: { code: "method-withheld" } });
    }
  });

  it("are answered with the field when their parameters are not as the contract says", async () => {
    const answer = await opened.page.evaluate(() => window.edgeloom.call("runs.get", { run: 7 } as never));
    expect(answer).toMatchObject({ ok: false, error: { code: "parameters-invalid", field: "run" } });
    const preferences = await opened.page.evaluate(() => window.edgeloom.setPreferences({ theme: "pink" } as never));
    expect(preferences).toMatchObject({ ok: false, error: { code: "parameters-invalid", field: "theme" } });
    const unknown = await opened.page.evaluate(() => window.edgeloom.setPreferences({ bounds: null } as never));
    expect(unknown).toMatchObject({ ok: false, error: { code: "parameters-invalid" } });
  });

  it("are refused from anything but the window's own page", async () => {
    const bridge = path.join(applicationRoot, "out", "preload", "bridge.cjs");
    const texts = await opened.app.evaluate(async ({ BrowserWindow }, preload) => {
      const other = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } });
      await other.loadURL("app://edgeloom/index.html");
      const answers: string[] = await other.webContents.executeJavaScript(`Promise.all([
        window.edgeloom.call("runs.list", {}), window.edgeloom.versions(), window.edgeloom.recent(),
        window.edgeloom.act("new-window"), window.edgeloom.copyText("x"), window.edgeloom.setPreferences({}),
        window.edgeloom.reconnect(), window.edgeloom.setCommands([]), window.edgeloom.showFolder("/"),
        window.edgeloom.openRecent("/"),
      ].map((answer) => answer.then(() => "allowed", (error) => String(error))))`);
      other.destroy();
      return answers;
    }, bridge);
    expect(texts).toHaveLength(10);
    for (const text of texts) expect(text).toContain("was refused");
  });

  it("show no folder outside the data folder, and open no file", async () => {
    writeFileSync(path.join(folders.data, "program.sh"), "");
    const outside = ["/etc", path.dirname(folders.data), path.join(folders.data, "..", ".."), "relative"];
    for (const folder of outside) {
      const answer = await opened.page.evaluate((name) => window.edgeloom.showFolder(name), folder);
      expect(answer).toMatchObject({ ok: false, error: { code: "folder-outside" } });
    }
    const file = path.join(folders.data, "program.sh");
    const answer = await opened.page.evaluate((name) => window.edgeloom.showFolder(name), file);
    expect(answer).toMatchObject({ ok: false, error: { code: "folder-not-there" } });
  });

  it("open no data folder but those that were opened before", async () => {
    const answer = await opened.page.evaluate(() => window.edgeloom.openRecent("/etc"));
    expect(answer).toMatchObject({ ok: false, error: { code: "folder-unknown" } });
  });

  it("survive 10,000 wild inputs a channel, each answered with a value or a typed error", async () => {
    await opened.app.evaluate(({ shell, dialog, clipboard }) => {
      shell.openPath = async () => "";
      shell.showItemInFolder = () => {};
      Object.assign(clipboard, { writeText: () => {} });
      Object.assign(dialog, {
        showMessageBox: async () => {
          Object.assign(globalThis, { crashed: true });
          return { response: 2, checkboxChecked: false };
        },
        showOpenDialog: async () => ({ canceled: true, filePaths: [] }),
      });
    });
    // The page may make no function from text; the debugger through which the test speaks may.
    await opened.page.evaluate(`window.wildValues = ${wildValues.toString()}`);
    const outcome = await opened.page.evaluate(async (methods) => {
      const { wildValues } = window as unknown as { wildValues(count: number, seed: number): unknown[] };
      const bridge = window.edgeloom as unknown as Record<string, (...values: unknown[]) => Promise<unknown>>;
      const typed = (answer: unknown): boolean => {
        const { ok, error } = (answer ?? {}) as { ok?: unknown; error?: { code?: unknown; message?: unknown } };
        return ok === true || (ok === false && typeof error?.code === "string" && typeof error.message === "string");
      };
      const counts: Record<string, { answered: number; refused: number; untyped: string[] }> = {};
      const throwAll = async (name: string, values: unknown[], send: (value: unknown, index: number) => unknown) => {
        const count = { answered: 0, refused: 0, untyped: [] as string[] };
        counts[name] = count;
        for (let at = 0; at < values.length; at += 500) {
          const sent = values.slice(at, at + 500).map(async (value, index) => send(value, at + index));
          for (const result of await Promise.allSettled(sent)) {
            // What cannot be cloned does not leave the page; everything that left must be answered.
            if (result.status === "rejected") {
              if (!String(result.reason).includes("could not be cloned")) count.untyped.push(String(result.reason));
              continue;
            }
            count.answered++;
            if (["versions", "recent", "reconnect"].includes(name)) continue;
            if (!typed(result.value)) count.untyped.push(JSON.stringify(result.value) ?? "undefined");
            if ((result.value as { ok: boolean }).ok === false) count.refused++;
          }
        }
      };
      const wild = (seed: number) => wildValues(10_000, seed);
      for (const [seed, name] of [
        "copyText",
        "showFolder",
        "setPreferences",
        "openRecent",
        "act",
        "setCommands",
      ].entries())
        await throwAll(name, wild(seed), (value) => bridge[name]?.(value));
      for (const [seed, name] of ["versions", "recent", "reconnect"].entries())
        await throwAll(name, wild(20 + seed), (value) => bridge[name]?.(value));
      await throwAll("method", wild(30), (value) => bridge.call?.(value, {}));
      await throwAll("call", wild(31), (value, index) => bridge.call?.(methods[index % methods.length], value));
      return counts;
    }, fuzzed);
    for (const [channel, { answered, untyped }] of Object.entries(outcome)) {
      expect([channel, untyped.slice(0, 3)]).toEqual([channel, []]);
      expect([channel, answered > 9000]).toEqual([channel, true]);
    }
    expect(Object.keys(outcome)).toHaveLength(11);
    for (const channel of ["copyText", "setPreferences", "act", "setCommands", "method", "call"]) {
      expect(outcome[channel]?.refused).toBeGreaterThan(1000);
    }
    expect(await opened.app.evaluate(() => "crashed" in globalThis)).toBe(false);
    expect(await opened.page.locator('[data-screen="crash"]').count()).toBe(0);
    const info: Answered = await opened.page.evaluate(() => window.edgeloom.call("engine.info", {}));
    expect(info.ok).toBe(true);
  });
});
