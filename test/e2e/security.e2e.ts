import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applicationRoot } from "../../main/platform/paths.ts";
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

/** What was refused says so by throwing; the message without the channel's wrapping. */
function refusal(action: () => Promise<unknown>): Promise<string> {
  return action().then(
    () => "allowed",
    (error) => String(error),
  );
}

describe("the page", () => {
  it("has the bridge and nothing of Node or Electron", async () => {
    const found = await opened.page.evaluate(() =>
      ["require", "process", "module", "Buffer", "global", "electron", "ipcRenderer"].filter((name) => name in window),
    );
    expect(found).toEqual([]);
    const offered = await opened.page.evaluate(() => Object.keys(window.edgeloom).sort());
    expect(offered).toEqual(
      ["call", "copyText", "listen", "onEngine", "onMenu", "reconnect", "showFolder", "versions"].sort(),
    );
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

describe("messages to the shell", () => {
  it("are refused for methods that do not exist", async () => {
    const text = await refusal(() =>
      opened.page.evaluate(() => window.edgeloom.call("constructor" as "doctor", {} as never)),
    );
    expect(text).toContain('no method is called "constructor"');
  });

  it("are refused for methods that the window has no business with", async () => {
    for (const method of ["engine.stop", "rows.write"]) {
      const text = await refusal(() =>
        opened.page.evaluate((name) => window.edgeloom.call(name as "engine.stop", {}), method),
      );
      expect(text).toContain(`the window may not call "${method}"`);
    }
  });

  it("are answered with the field when their parameters are not as the contract says", async () => {
    const answer = await opened.page.evaluate(() => window.edgeloom.call("runs.get", { run: 7 } as never));
    expect(answer).toMatchObject({ ok: false, error: { code: "parameters-invalid", field: "run" } });
  });

  it("are refused from anything but the window's own page", async () => {
    const bridge = path.join(applicationRoot, "out", "preload", "bridge.cjs");
    const text = await opened.app.evaluate(async ({ BrowserWindow }, preload) => {
      const other = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } });
      await other.loadURL("app://edgeloom/index.html");
      const answer: string = await other.webContents.executeJavaScript(
        'window.edgeloom.call("runs.list", {}).then(() => "allowed", (error) => String(error))',
      );
      other.destroy();
      return answer;
    }, bridge);
    expect(text).toContain("was refused");
  });

  it("show no folder outside the data folder", async () => {
    for (const folder of ["/etc", path.dirname(folders.data), path.join(folders.data, "..", ".."), "relative"]) {
      const text = await refusal(() => opened.page.evaluate((name) => window.edgeloom.showFolder(name), folder));
      expect(text).toContain("is not inside the data folder");
    }
  });
});
