import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { protocol, type Session } from "electron";
import { systemCode } from "../platform/files.ts";
import { containedFile } from "./containment.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".woff2": "font/woff2",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

/** Must run before the app is ready. */
export function declareScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: "app", privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

/**
 * No remote content, no inline script, no evaluation of text. Styles that the control library writes at run time carry
 * the page's nonce.
 */
export function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "font-src 'self' data:",
    "img-src 'self' data:",
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** Serves the built window from `root`; whatever is not a known kind of file below it is not found. */
export function serveWindow(session: Session, root: string): void {
  session.protocol.handle("app", async (request) => {
    const file = containedFile(root, request.url);
    const type = file === undefined ? undefined : types[path.extname(file)];
    if (file === undefined || type === undefined || request.method !== "GET") return notFound();
    let content: Buffer;
    try {
      content = await readFile(file);
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      return notFound();
    }
    const headers = new Headers({ "content-type": type, "x-content-type-options": "nosniff" });
    if (path.extname(file) !== ".html") return new Response(new Uint8Array(content), { headers });
    const nonce = randomBytes(16).toString("base64");
    headers.set("content-security-policy", contentSecurityPolicy(nonce));
    return new Response(content.toString("utf8").replaceAll("{{nonce}}", nonce), { headers });
  });
}

function notFound(): Response {
  return new Response("not found", { status: 404, headers: { "content-type": "text/plain" } });
}
