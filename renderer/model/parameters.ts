import type { RunDetail } from "../../preload/contract.ts";

export type ParameterRow = RunDetail["parameters"][number];

/** The letter that stands for a parameter's source everywhere. */
export const sourceMarks: Readonly<Record<ParameterRow["source"], { readonly letter: string; readonly name: string }>> =
  {
    paper: { letter: "P", name: "Paper" },
    derived: { letter: "D", name: "Derived" },
    assumed: { letter: "A", name: "Assumed" },
  };

/** Rows under their headings, both in the order in which they first come. */
export function parameterGroups(rows: readonly ParameterRow[]): { title: string; rows: ParameterRow[] }[] {
  const groups = new Map<string, ParameterRow[]>();
  for (const row of rows) {
    const group = groups.get(row.group);
    if (group === undefined) groups.set(row.group, [row]);
    else group.push(row);
  }
  return [...groups].map(([title, members]) => ({ title, rows: members }));
}
