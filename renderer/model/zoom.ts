/** A stretch of the x axis that charts show; `from` < `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** One press of + or -, or one notch of the wheel. */
export const zoomFactor = 1.5;
/** One press of an arrow, in widths of what is shown. */
export const panShare = 0.2;
/** Narrower than this share of everything nothing can be told apart. */
const least = 1e-6;

/** On a logarithmic axis equal factors, not equal distances, are equally wide. */
interface Axis {
  readonly log: boolean;
}

/** Shows `factor` times as little (or, below 1, as much), with `place` staying where it is. */
export function zoomAbout(shown: Range, whole: Range, factor: number, place: number, { log }: Axis): Range | undefined {
  const [from, to, at] = [shown.from, shown.to, place].map((x) => forth(x, log)) as [number, number, number];
  return within({ from: back(at - (at - from) / factor, log), to: back(at + (to - at) / factor, log) }, whole, log);
}

/** Moves by a share of the shown width; stops at the ends. */
export function pan(shown: Range, whole: Range, share: number, { log }: Axis): Range | undefined {
  const [from, to] = [forth(shown.from, log), forth(shown.to, log)];
  const [first, last] = [forth(whole.from, log), forth(whole.to, log)];
  const wanted = share * (to - from);
  const move = Math.max(Math.min(first - from, 0), Math.min(Math.max(last - to, 0), wanted));
  return within({ from: back(from + move, log), to: back(to + move, log) }, whole, log);
}

/** The range cut to the whole; undefined when that is everything. A range too narrow to be told apart is widened. */
export function within(range: Range, whole: Range, log = false): Range | undefined {
  const first = forth(whole.from, log);
  const last = forth(whole.to, log);
  const width = (last - first) * least;
  let from = Math.max(first, forth(Math.min(range.from, range.to), log));
  let to = Math.min(last, forth(Math.max(range.from, range.to), log));
  if (to - from < width) {
    const centre = Math.min(last - width / 2, Math.max(first + width / 2, (from + to) / 2));
    from = centre - width / 2;
    to = centre + width / 2;
  }
  return from <= first + width && to >= last - width ? undefined : { from: back(from, log), to: back(to, log) };
}

function forth(x: number, log: boolean): number {
  return log ? Math.log10(x) : x;
}

function back(x: number, log: boolean): number {
  return log ? 10 ** x : x;
}
