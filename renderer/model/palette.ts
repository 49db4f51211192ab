/** What the command palette finds. */

export interface Findable {
  readonly title: string;
  /** Beside the title: where it belongs, what it is. */
  readonly note: string;
  readonly keywords: readonly string[];
}

/**
 * Those of `items` that have every word of the query in their title, note or keywords: first those whose title begins
 * with it, then those with a word of the title that begins so, in their order otherwise; at most `most`.
 */
export function findMatches<T extends Findable>(items: readonly T[], query: string, most: number): T[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return items.slice(0, most);
  const ranked: T[][] = [[], [], []];
  for (const item of items) {
    const title = item.title.toLowerCase();
    const all = `${title} ${item.note} ${item.keywords.join(" ")}`.toLowerCase();
    if (!words.every((word) => all.includes(word))) continue;
    const whole = words.join(" ");
    ranked[title.startsWith(whole) ? 0 : beginsAWord(title, words) ? 1 : 2]?.push(item);
  }
  return ranked.flat().slice(0, most);
}

function beginsAWord(title: string, words: readonly string[]): boolean {
  const parts = title.split(/[\s/.,_-]+/);
  return words.every((word) => parts.some((part) => part.startsWith(word)));
}
