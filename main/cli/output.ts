/** Everything that goes to stdout: tables for people, JSON for scripts. */

export function printLine(text = ""): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Columns: a title and how a row's cell reads; numbers are set to the right. */
export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => string;
  readonly right?: boolean;
}

/** Rows under their titles, two spaces between columns; `empty` instead when there are none. */
export function printTable<T>(rows: readonly T[], columns: readonly Column<T>[], empty: string): void {
  if (rows.length === 0) {
    printLine(empty);
    return;
  }
  const lines = [
    columns.map((column) => column.title),
    ...rows.map((row) => columns.map((column) => column.cell(row))),
  ];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  for (const line of lines) {
    const cells = line.map((cell, i) => (columns[i]!.right ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)));
    printLine(cells.join("  ").trimEnd());
  }
}

/** `name: value` lines with the values under each other. */
export function printPairs(pairs: readonly (readonly [string, string])[]): void {
  const width = Math.max(...pairs.map(([name]) => name.length)) + 1;
  for (const [name, value] of pairs) printLine(`${`${name}:`.padEnd(width)} ${value}`);
}

/** 300,000 */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** As a metric is read: five significant digits, large numbers whole. */
export function formatValue(value: number | null): string {
  if (value === null) return "-";
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 1e5) return formatCount(value);
  return Number(value.toPrecision(5)).toString();
}

/** 0.8 s, 42 s, 3 min 20 s, 2 h 5 min */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** 4.2 MB, in powers of ten as disks count. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), 4);
  return `${(bytes / 1000 ** power).toFixed(1)} ${["B", "kB", "MB", "GB", "TB"][power]}`;
}

/** Local date and time to the minute. */
export function formatTime(milliseconds: number | null): string {
  if (milliseconds === null) return "-";
  const date = new Date(milliseconds);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
