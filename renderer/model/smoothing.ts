import { formatCount } from "./format.ts";

/** Half-lives to choose from, in points; 0 = curves as recorded. */
export const halfLives = [0, 2, 5, 10, 20, 50, 100, 200, 500] as const;

/** The next stronger (`direction` 1) or weaker (-1) smoothing. */
export function nextHalfLife(halfLife: number, direction: 1 | -1): number {
  const index = halfLives.findIndex((each) => each >= halfLife);
  const place = index === -1 ? halfLives.length - 1 : index;
  return halfLives[Math.min(halfLives.length - 1, Math.max(0, place + direction))] ?? 0;
}

export function smoothingLabel(halfLife: number): string {
  return halfLife === 0 ? "None" : `Half-life ${formatCount(halfLife)} points`;
}

/** What a smoothed chart's caption says. */
export function smoothingCaption(halfLife: number, grouped: boolean): string {
  if (halfLife === 0) return "";
  const what = `exponential moving average, debiased, half-life ${formatCount(halfLife)} points; faint: as recorded`;
  return grouped ? `Each run smoothed before the mean: ${what}.` : `Smoothed: ${what}.`;
}
