/** How the table of runs is laid out, as it is remembered. */
import { z } from "zod";

/** A built-in column's name, `parameter:<key>` or `metric:<id>`. */
const columnId = z.string().max(300);

export const tableLayoutSchema = z.object({
  /** The columns to show; null = those that fit, the most telling first. */
  columns: z.array(columnId).max(200).nullable(),
  /** Those at the left that do not scroll. */
  pinned: z.array(columnId).max(200),
  /** Pixels, where someone has chosen them. */
  widths: z.record(columnId, z.number().min(40).max(1000)),
  sorting: z.array(z.object({ id: columnId, desc: z.boolean() })).max(20),
  /** One row a cell. */
  grouped: z.boolean(),
});
export type TableLayout = z.infer<typeof tableLayoutSchema>;

export const freshLayout: TableLayout = { columns: null, pinned: [], widths: {}, sorting: [], grouped: false };

export interface ColumnSpec {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly better: "higher" | "lower" | "neither";
  /** Pixels. */
  readonly width: number;
  readonly number: boolean;
  /** Columns that do not fit are left out, the greatest number first; chosen ones have none. */
  readonly priority: number | undefined;
}

const builtIn = (
  id: string,
  title: string,
  width: number,
  priority: number,
  options: Partial<ColumnSpec> = {},
): ColumnSpec => ({ id, title, unit: "", better: "neither", width, number: false, priority, ...options });

export const builtInColumns: readonly ColumnSpec[] = [
  builtIn("state", "State", 116, 0),
  builtIn("name", "Name", 188, 0),
  builtIn("progress", "Progress", 136, 1),
  builtIn("reward", "Reward", 104, 1, { number: true, better: "higher" }),
  builtIn("seed", "Seed", 64, 2, { number: true }),
  builtIn("time", "Running time", 120, 3, { number: true }),
  builtIn("speed", "Speed", 96, 5, { number: true, unit: "steps/s" }),
  builtIn("what", "Scenario / learner", 196, 4),
  builtIn("preset", "Preset", 76, 6),
  builtIn("created", "Created", 100, 7),
  builtIn("tags", "Tags", 120, 8),
  builtIn("project", "Project", 140, 9),
  builtIn("step", "Steps done", 100, 10, { number: true }),
  builtIn("id", "Id", 148, 11),
];

/** The columns that fit into a width, the most telling ones; the name takes what is left. */
export function fittingColumns(width: number): string[] {
  const fitting = new Set<string>();
  let used = 0;
  for (const column of [...builtInColumns].sort((a, b) => (a.priority ?? 0) - (b.priority ?? 0))) {
    if ((column.priority ?? 0) > 7) break;
    used += column.width;
    if (used > width && (column.priority ?? 0) > 0) break;
    fitting.add(column.id);
  }
  return builtInColumns.filter(({ id }) => fitting.has(id)).map(({ id }) => id);
}

/** Pinned ones first, otherwise in the order given. */
export function pinnedFirst(columns: readonly string[], pinned: readonly string[]): string[] {
  return [...pinned.filter((id) => columns.includes(id)), ...columns.filter((id) => !pinned.includes(id))];
}

/** A table as text for a spreadsheet: tabs between cells, a line a row, no tab or line end within a cell. */
export function toTsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map((cell) => cell.replace(/[\t\r\n]+/g, " ")).join("\t")).join("\n");
}
