import { randomBytes } from "node:crypto";

/** Digits and letters that are not mistaken for one another (Crockford's base 32). */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** `<prefix>-<6 letters>` */
export function newId(prefix: string): string {
  const letters = Array.from(randomBytes(6), (byte) => ALPHABET[byte % ALPHABET.length]);
  return `${prefix}-${letters.join("")}`;
}
