/** The lines of a log that grows at its end, and at its beginning when earlier pieces are read. */
export class LogLines {
  /** The last one is "" or still being written. */
  private lines: string[] = [""];
  private changes = 0;

  get all(): readonly string[] {
    // A log that ends with a line break has no further line.
    return this.lines.at(-1) === "" ? this.lines.slice(0, -1) : this.lines;
  }
  get version(): number {
    return this.changes;
  }

  clear(): void {
    this.lines = [""];
    this.changes++;
  }

  append(text: string): void {
    if (text === "") return;
    const [first = "", ...rest] = text.split("\n");
    const last = this.lines.pop() ?? "";
    this.lines.push(last + first, ...rest);
    this.changes++;
  }

  /** Puts an earlier piece in front. */
  prepend(text: string): void {
    if (text === "") return;
    const earlier = text.split("\n");
    const joint = (earlier.pop() ?? "") + (this.lines[0] ?? "");
    this.lines = [...earlier, joint, ...this.lines.slice(1)];
    this.changes++;
  }
}

/** Places of the lines that have the text, whatever its case. */
export function findLines(lines: readonly string[], text: string): number[] {
  const wanted = text.toLowerCase();
  if (wanted === "") return [];
  return lines.flatMap((line, index) => (line.toLowerCase().includes(wanted) ? [index] : []));
}
