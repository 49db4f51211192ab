/** Colours and shapes that every picture of a world is drawn with. */
import type { PictureNode } from "../../preload/contract.ts";
import { runColour } from "../model/colours.ts";

export interface PictureColours {
  readonly surface: string;
  readonly panel: string;
  readonly line: string;
  readonly area: string;
  readonly ink: string;
  readonly dim: string;
  readonly accent: string;
  readonly bar: string;
}

const light: PictureColours = {
  surface: "#ffffff",
  panel: "#f7f8fa",
  line: "#cfd5dd",
  area: "rgba(59, 80, 200, 0.035)",
  ink: "#1b1f26",
  dim: "#56606d",
  accent: "#3b50c8",
  bar: "#3b50c8",
};
const dark: PictureColours = {
  surface: "#16181d",
  panel: "#1b1e24",
  line: "#3a404b",
  area: "rgba(143, 162, 255, 0.045)",
  ink: "#e4e7ec",
  dim: "#9aa4b2",
  accent: "#8fa2ff",
  bar: "#8fa2ff",
};

export function pictureColours(isDark: boolean): PictureColours {
  return isDark ? dark : light;
}

/** From little to much: blue over violet to orange, told apart with any colour vision and darker, or brighter, at its end. */
const ramps = {
  light: [
    [47, 127, 208],
    [134, 88, 184],
    [200, 64, 24],
  ],
  dark: [
    [74, 144, 217],
    [178, 124, 224],
    [255, 150, 84],
  ],
} as const;

/** CSS colour of a fraction 0 to 1. */
export function rampColour(part: number, isDark: boolean): string {
  const ramp = isDark ? ramps.dark : ramps.light;
  const at = Math.min(Math.max(part, 0), 1) * (ramp.length - 1);
  const index = Math.min(Math.floor(at), ramp.length - 2);
  const [from, to] = [ramp[index] ?? ramp[0], ramp[index + 1] ?? ramp[0]];
  const mixed = from.map((channel, i) => Math.round(channel + (at - index) * ((to[i] ?? channel) - channel)));
  return `rgb(${mixed.join(", ")})`;
}

/** The first of a choice's names is its quiet one; the others have the runs' colours. */
export function choiceColour(value: number, isDark: boolean): string {
  return value < 1 ? pictureColours(isDark).dim : runColour(value - 1, isDark);
}

/** Line drawings of 24 by 24, after Tabler Icons. */
export const glyphs: Readonly<Record<PictureNode["shape"], string>> = {
  user: "M8 7a4 4 0 1 0 8 0a4 4 0 0 0 -8 0M6 21v-2a4 4 0 0 1 4 -4h4a4 4 0 0 1 4 4v2",
  device: "M6 5a2 2 0 0 1 2 -2h8a2 2 0 0 1 2 2v14a2 2 0 0 1 -2 2h-8a2 2 0 0 1 -2 -2v-14zM11 4h2M12 17v.01",
  server:
    "M3 7a3 3 0 0 1 3 -3h12a3 3 0 0 1 3 3v2a3 3 0 0 1 -3 3h-12a3 3 0 0 1 -3 -3zM3 15a3 3 0 0 1 3 -3h12a3 3 0 0 1 3 3v2a3 3 0 0 1 -3 3h-12a3 3 0 0 1 -3 -3zM7 8v.01M7 16v.01",
  cloud:
    "M6.657 18c-2.572 0 -4.657 -2.007 -4.657 -4.483c0 -2.475 2.085 -4.482 4.657 -4.482c.393 -1.762 1.794 -3.2 3.675 -3.773c1.88 -.572 3.956 -.193 5.444 1c1.488 1.19 2.162 3.007 1.77 4.769h.99c1.913 0 3.464 1.56 3.464 3.486c0 1.927 -1.551 3.487 -3.465 3.487h-11.878",
  cell: "M12 12m-9 0a9 9 0 1 0 18 0a9 9 0 1 0 -18 0M12 12m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0",
  vehicle:
    "M5 17a2 2 0 1 0 4 0a2 2 0 1 0 -4 0M15 17a2 2 0 1 0 4 0a2 2 0 1 0 -4 0M5 17h-2v-6l2 -5h9l4 5h1a2 2 0 0 1 2 2v4h-2m-4 0h-6m-6 -6h15m-6 0v-5",
  model: "M12 4l-8 4l8 4l8 -4l-8 -4M4 12l8 4l8 -4M4 16l8 4l8 -4",
  task: "M14 3v4a1 1 0 0 0 1 1h4M17 21h-10a2 2 0 0 1 -2 -2v-14a2 2 0 0 1 2 -2h7l5 5v11a2 2 0 0 1 -2 2z",
};
