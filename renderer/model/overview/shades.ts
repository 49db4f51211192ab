/**
 * One sequence of colours from worse to better, readable with any colour vision: viridis without the end that the
 * background would swallow, so that better always stands out more.
 */
const light = ["#22a884", "#21918c", "#2c728e", "#3b528b", "#472d7b", "#440154"];
const dark = ["#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"];

/** The colour of a place between 0 (worst) and 1 (best). */
export function shade(place: number, isDark: boolean): string {
  const stops = isDark ? dark : light;
  const at = Math.max(0, Math.min(1, place)) * (stops.length - 1);
  const below = Math.min(stops.length - 2, Math.floor(at));
  const share = at - below;
  const channel = (stop: string, i: number) => Number.parseInt(stop.slice(1 + 2 * i, 3 + 2 * i), 16);
  const mixed = [0, 1, 2].map((i) =>
    Math.round((1 - share) * channel(stops[below]!, i) + share * channel(stops[below + 1]!, i)),
  );
  return `rgb(${mixed.join(" ")})`;
}
