import path from "node:path";

/** Scheme and host of every page and asset of the window; nothing else is ever loaded. */
export const appOrigin = "app://edgeloom";

/**
 * The file below `root` that an `app://edgeloom/...` address names, or undefined when the address is of another origin,
 * malformed, or leads out of `root` (by dots, an absolute path, a drive letter, an encoded separator or a NUL).
 */
export function containedFile(root: string, address: string): string | undefined {
  let url: URL;
  let name: string;
  try {
    url = new URL(address);
    name = decodeURIComponent(url.pathname);
  } catch {
    return undefined; // a malformed address names no file
  }
  // Node's URL knows no origin for schemes of its own making.
  if (`${url.protocol}//${url.host}` !== appOrigin || name.includes("\0") || name.includes("\\")) return undefined;
  const file = path.resolve(root, `.${name}`);
  return isInside(root, file) ? file : undefined;
}

/** True when `file` lies below `folder` or is the folder itself. */
export function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/** Only https leaves the program: no file, no other program's scheme. */
export function isExternalLink(address: string): boolean {
  try {
    return new URL(address).protocol === "https:";
  } catch {
    return false; // not an address at all
  }
}
