import path from "node:path";
import { BrowserWindow, nativeTheme, type Rectangle, screen, shell, type WebContents } from "electron";
import { applicationRoot, resourcePath } from "../platform/paths.ts";
import { appOrigin, isExternalLink } from "./containment.ts";
import type { Preferences } from "./preferences.ts";

/** Below this width the regions no longer fit side by side. */
const minimumSize = { width: 800, height: 520 };
const usualSize = { width: 1280, height: 800 };
/** How far a further window lies below and to the right of the one before. */
const CASCADE = 28;

/** The first window comes back where the last one was; a further one lies a step beside the one `before`. */
export function createWindow(preferences: Preferences, before: BrowserWindow | undefined): BrowserWindow {
  const { bounds, maximized } = preferences.values;
  const wanted = before === undefined ? bounds : cascaded(before.getNormalBounds());
  const window = new BrowserWindow({
    ...(wanted !== null && isVisible(wanted) ? wanted : usualSize),
    minWidth: minimumSize.width,
    minHeight: minimumSize.height,
    show: false,
    title: "Edgeloom",
    backgroundColor: ground(),
    icon: resourcePath("icon.png"),
    webPreferences: {
      preload: path.join(applicationRoot, "out", "preload", "bridge.cjs"),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
      // A click with the middle button would ask for a new window, past the page's own handlers.
      disableBlinkFeatures: "Auxclick",
    },
  });
  if (maximized && before === undefined) window.maximize();
  window.once("ready-to-show", () => window.show());
  // Bounds are those of the window when it is not maximised, so that both come back.
  const remember = () => preferences.set({ bounds: window.getNormalBounds(), maximized: window.isMaximized() });
  window.on("close", remember);
  void window.loadURL(`${appOrigin}/index.html`);
  return window;
}

/** The colour behind the page, as long as nothing is drawn there. */
export function ground(): string {
  return nativeTheme.shouldUseDarkColors ? "#16181d" : "#ffffff";
}

function cascaded({ x, y, width, height }: Rectangle): Rectangle {
  const { workArea } = screen.getDisplayMatching({ x, y, width, height });
  const fits =
    x + width + CASCADE <= workArea.x + workArea.width && y + height + CASCADE <= workArea.y + workArea.height;
  // At the end of the screen the cascade begins again at its corner.
  const place = fits ? { x: x + CASCADE, y: y + CASCADE } : { x: workArea.x, y: workArea.y };
  return { ...place, width, height };
}

/** A remembered place counts only while a screen shows it. */
function isVisible(bounds: Rectangle): boolean {
  const { x, y, width, height } = screen.getDisplayMatching(bounds).workArea;
  return bounds.x < x + width && bounds.x + bounds.width > x && bounds.y < y + height && bounds.y >= y - 20;
}

/** No page but ours, no second window, no frame, no permission; an https link opens in the system's browser. */
export function confine(contents: WebContents): void {
  contents.setWindowOpenHandler(({ url }) => {
    if (isExternalLink(url)) void shell.openExternal(url);
    return { action: "deny" };
  });
  const stay = (event: { preventDefault(): void }) => event.preventDefault();
  // Fires for the page and for frames in it. Only the page's own restart, after a bug, may load it again.
  contents.on("will-frame-navigate", (event) => {
    if (!event.isMainFrame || event.url !== contents.getURL()) stay(event);
  });
  contents.on("will-redirect", stay);
  contents.on("will-attach-webview", stay);
  contents.session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  contents.session.setPermissionCheckHandler(() => false);
  contents.session.setDevicePermissionHandler(() => false);
}
