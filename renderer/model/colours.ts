/**
 * Ten colours that people with any colour vision can tell apart: Okabe and Ito (2008), with grey and brown added. Black
 * and yellow have a second form, because neither can be seen on every background.
 */
const palette: readonly { readonly light: string; readonly dark: string }[] = [
  { light: "#0072b2", dark: "#2f9be0" },
  { light: "#d55e00", dark: "#f0772b" },
  { light: "#009e73", dark: "#17b98d" },
  { light: "#cc79a7", dark: "#d98ab6" },
  { light: "#e69f00", dark: "#e69f00" },
  { light: "#56b4e9", dark: "#7cc8f2" },
  { light: "#000000", dark: "#f2f2f2" },
  { light: "#b3a400", dark: "#f0e442" },
  { light: "#7f7f7f", dark: "#a0a0a0" },
  { light: "#8b5a2b", dark: "#b98252" },
];

/** The colour of the run with this ordinal, the same in every list and chart; also that of the n-th of other things. */
export function runColour(ordinal: number, dark: boolean): string {
  const entry = palette[ordinal % palette.length];
  if (entry === undefined) throw new RangeError(`no colour number ${ordinal}`);
  return dark ? entry.dark : entry.light;
}

/** Dashes tell apart the runs that have to share a colour: none for the first ten, then finer and finer. */
export function runDash(ordinal: number): number[] | undefined {
  const round = Math.floor(ordinal / palette.length) % 3;
  return round === 0 ? undefined : round === 1 ? [8, 4] : [2, 3];
}
