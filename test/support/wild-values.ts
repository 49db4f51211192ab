/**
 * Values that nobody would send on purpose, the same for the same seed: the text of this function also runs in a page,
 * so it uses nothing from outside.
 */
export function wildValues(count: number, seed: number): unknown[] {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  const below = (limit: number): number => {
    // Xorshift: enough to be different each time, and the same everywhere.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % limit;
  };
  const texts = ["", "..", "../..", "a:b", "__proto__", "constructor", "/etc", "x:last", "\0", "é🜨", "1e999", "null"];
  const names = ["run", "runs", "items", "change", "params", "set", "seeds", "id", "kind", "name", "points", "metric"];
  names.push("theme", "whenClosing", "notifications", "checkpoint", "parallel", "project", "from", "bytes", "group");
  const numbers = [0, -1, 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -(2 ** 31), 1e308, 256];
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const value = (depth: number): unknown => {
    switch (below(depth > 2 ? 8 : 13)) {
      case 0:
        return undefined;
      case 1:
        return null;
      case 2:
        return below(2) === 0;
      case 3:
        return pick(numbers);
      case 4:
        return pick(texts);
      case 5:
        return pick(texts).repeat(below(50));
      case 6:
        return below(2) === 0 ? new Float64Array(below(4)) : new Uint8Array(below(9));
      case 7:
        return below(2) === 0 ? new Date(below(9)) : BigInt(below(9));
      case 8:
        return new Map([[value(depth + 1), value(depth + 1)]]);
      case 9:
        return Array.from({ length: below(4) }, () => value(depth + 1));
      default: {
        const made: Record<string, unknown> = {};
        for (let left = below(5); left > 0; left--) made[pick(names)] = value(depth + 1);
        return made;
      }
    }
  };
  return Array.from({ length: count }, () => value(0));
}
