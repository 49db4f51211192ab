import { describe, expect, it } from "vitest";
import type { CheckpointSummary, Frames, Picture, ScenarioSummary } from "../../preload/contract.ts";
import { pictureSchema } from "../../preload/contract.ts";
import { choiceColour, pictureColours, rampColour } from "../../renderer/charts/picture-style.ts";
import {
  beginsEpisode,
  distanceToLine,
  fitted,
  fraction,
  isActive,
  isShown,
  legendOf,
  numberText,
  placesAt,
  scalesOf,
  thingsOf,
  valueText,
} from "../../renderer/model/picture.ts";
import { isTraining, subjectsFor, worldParameters } from "../../renderer/model/picture-runs.ts";

const quantity = (id: string, title: string, range: [number, number] | null, unit = "") => ({
  id,
  title,
  unit,
  range,
  labels: [],
});
const node = { level: null, tag: null, value: null, listed: [], shownBy: null };

/** Two servers, a vehicle that moves between channels 0 and 1, and a task that travels along a link by channel 2. */
const picture: Picture = pictureSchema.parse({
  title: "Street",
  aspect: 2,
  channels: [
    quantity("x", "Place, x", [0, 300], "m"),
    // Heights grow upwards.
    quantity("y", "Place, y", [10, 0], "m"),
    quantity("along", "Way done", [0, 1]),
    quantity("a", "Load", null, "s"),
    quantity("b", "Load", null, "s"),
    { id: "mode", title: "Runs", unit: "", range: [0, 2], labels: ["idle", "local", "edge"] },
    quantity("there", "There", [0, 1]),
  ],
  areas: [],
  nodes: [
    { ...node, id: "left", title: "Left", shape: "server", at: { x: 0, y: 0.5 } },
    { ...node, id: "right", title: "Right", shape: "server", at: { x: 1, y: 0.5 } },
    { ...node, id: "car", title: "Car", shape: "vehicle", at: { xChannel: 0, yChannel: 1 }, tag: 5, listed: [0, 1] },
    { ...node, id: "task", title: "Task", shape: "task", at: { link: "wire", alongChannel: 2 }, shownBy: 6 },
  ],
  links: [
    {
      id: "wire",
      title: "Wire",
      from: "left",
      to: "right",
      colour: 3,
      width: 2,
      active: 4,
      cargo: null,
      listed: [3],
    },
  ],
  world: [3],
  frame: "one slot",
  note: "",
});

function framesOf(...rows: number[][]): Frames {
  return { count: rows.length, values: Float64Array.from(rows.flat()) };
}

const frames = framesOf([0, 0, 0.25, 2, 0, 0, 1], [150, 10, 0.75, 4, 6, 2, 0], [900, -5, 0.5, 1, 1, 1, 1]);
const steps = Float64Array.of(10, 12, 12);

function places(position: number): number[] {
  const out = new Float64Array(8);
  placesAt(picture, frames, steps, position, out);
  return [...out];
}

describe("the places of a picture", () => {
  it("come from the picture, from channels over their ranges, and from the way along a link", () => {
    expect(places(0)).toEqual([0, 0.5, 1, 0.5, 0, 1, 0.25, 0.5]);
    expect(places(1)).toEqual([0, 0.5, 1, 0.5, 0.5, 0, 0.75, 0.5]);
  });

  it("move between two frames of one episode, and jump where another begins", () => {
    expect(places(0.5)).toEqual([0, 0.5, 1, 0.5, 0.25, 0.5, 0.5, 0.5]);
    // No step lies between frames 1 and 2.
    expect(places(1.5)).toEqual(places(1));
  });

  it("keep what leaves the view at its edge", () => {
    expect(places(2).slice(4, 6)).toEqual([1, 1]);
  });

  it("know where an episode begins", () => {
    expect([0, 1, 2].map((frame) => beginsEpisode(steps, frame))).toEqual([false, false, true]);
    expect(beginsEpisode(Float64Array.of(0, 1), 0)).toBe(true);
  });
});

describe("the scales of a picture", () => {
  it("are shared by channels of one title and unit, from 0 where nothing is negative", () => {
    const scales = scalesOf(picture, frames);
    expect(scales[3]).toEqual({ low: 0, high: 6, clipped: false });
    expect(scales[4]).toBe(scales[3]);
    expect(scales[0]).toEqual({ low: 0, high: 300, clipped: false });
    expect(scales[1]).toEqual({ low: 0, high: 10, clipped: false });
  });

  it("do not let a few values take the colour of all the others, and say so", () => {
    const rows = Array.from({ length: 500 }, (_, i) => [0, 0, 0, i === 7 ? 1e6 : (i % 50) / 10, 0, 0, 0]);
    const scale = scalesOf(picture, framesOf(...rows))[3]!;
    expect(scale.clipped).toBe(true);
    expect(scale.high).toBeLessThan(10);
    expect(fraction(scale, 1e6)).toBe(1);
  });

  it("only grow while frames come, so that a colour keeps its meaning", () => {
    const before = scalesOf(picture, frames);
    const quiet = framesOf([0, 0, 0, 0.1, 0.2, 0, 1]);
    expect(scalesOf(picture, quiet)[3]!.high).toBeCloseTo(0.2);
    expect(scalesOf(picture, quiet, before)[3]!.high).toBe(6);
  });

  it("have a length even where all values are equal", () => {
    const flat = framesOf([0, 0, 0, 0, 0, 0, 1]);
    expect(scalesOf(picture, flat)[3]).toEqual({ low: 0, high: 1, clipped: false });
    expect(fraction({ low: 2, high: 2, clipped: false }, 2)).toBe(0);
  });
});

describe("what a picture tells", () => {
  it("hides things and calms links by their channels", () => {
    const [, , , task] = picture.nodes;
    expect([0, 1, 2].map((frame) => isShown(picture, frames, frame, task!))).toEqual([true, false, true]);
    expect([0, 1, 2].map((frame) => isActive(picture, frames, frame, picture.links[0]!))).toEqual([false, true, true]);
  });

  it("lists the world first, then nodes and links", () => {
    expect(thingsOf(picture).map(({ id, kind }) => `${kind} ${id}`)).toEqual([
      "world ",
      "node left",
      "node right",
      "node car",
      "node task",
      "link wire",
    ]);
  });

  it("names choices, keeps counts whole and ends numbers without zeros", () => {
    expect(valueText(picture.channels[5]!, 2)).toBe("edge");
    expect(valueText(picture.channels[3]!, 12)).toBe("12");
    expect([0.38, 12.3456, 1e-7, 0, -4.5].map(numberText)).toEqual(["0.38", "12.35", "1e-7", "0", "−4.5"]);
  });

  it("explains each colour, width and choice once", () => {
    const { colours, widths, levels, choices } = legendOf(picture, scalesOf(picture, frames));
    expect(colours.map(({ name }) => name)).toEqual(["Load (s)"]);
    expect(widths.map(({ name }) => name)).toEqual(["Way done"]);
    expect(levels).toEqual([]);
    expect(choices).toEqual([{ title: "Runs", labels: ["idle", "local", "edge"] }]);
  });

  it("fits its aspect into the room there is", () => {
    const room = { x: 10, y: 20, width: 400, height: 400 };
    expect(fitted(room, null)).toBe(room);
    expect(fitted(room, 2)).toEqual({ x: 10, y: 120, width: 400, height: 200 });
    expect(fitted(room, 0.5)).toEqual({ x: 110, y: 20, width: 200, height: 400 });
  });

  it("measures how far the pointer is from a link", () => {
    expect(distanceToLine(5, 3, 0, 0, 10, 0)).toBe(3);
    expect(distanceToLine(-4, 3, 0, 0, 10, 0)).toBe(5);
    expect(distanceToLine(3, 4, 0, 0, 0, 0)).toBe(5);
  });
});

/** WCAG contrast of two CSS colours. */
function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const hex = /^#(..)(..)(..)$/.exec(colour);
  const channels = hex
    ? hex.slice(1).map((part) => Number.parseInt(part, 16))
    : (colour.match(/\d+/g) ?? []).map(Number);
  const [r, g, b] = channels.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

describe("the colours of a picture", () => {
  it.each([false, true])("can be read and told from the ground, dark %s", (dark) => {
    const { surface, panel, ink, dim, bar, line } = pictureColours(dark);
    for (const ground of [surface, panel]) {
      expect(contrast(ink, ground)).toBeGreaterThan(4.5);
      expect(contrast(dim, ground)).toBeGreaterThan(4.5);
    }
    for (const part of [0, 0.25, 0.5, 0.75, 1]) expect(contrast(rampColour(part, dark), surface)).toBeGreaterThan(3);
    expect(contrast(bar, line)).toBeGreaterThan(3);
    expect(new Set([0, 1, 2, 3].map((value) => choiceColour(value, dark))).size).toBe(4);
  });

  it("stay within their ramp", () => {
    expect(rampColour(-1, false)).toBe(rampColour(0, false));
    expect(rampColour(2, true)).toBe(rampColour(1, true));
  });
});

describe("what can be replayed", () => {
  const scenario = {
    id: "emulator-tuning",
    policies: ["random", "keep-best"],
    parameters: { properties: { users: {}, tasks: {} } },
  } as unknown as ScenarioSummary;
  const checkpoint = (step: number, change: Partial<CheckpointSummary> = {}) =>
    ({
      id: `run:${step}`,
      step,
      isBest: false,
      isLast: false,
      label: "",
      trashedAt: null,
      ...change,
    }) as CheckpointSummary;

  it("is a run's checkpoints, the newest first, and its scenario's policies", () => {
    const checkpoints = [
      checkpoint(512, { isBest: true }),
      checkpoint(2048, { isLast: true, label: "good one" }),
      checkpoint(9, { trashedAt: 1 }),
    ];
    expect(subjectsFor(scenario, checkpoints, "")).toEqual([
      {
        group: "Checkpoints of the run",
        items: [
          { value: "run:2048", label: "Step 2048, good one, last" },
          { value: "run:512", label: "Step 512, best" },
        ],
      },
      {
        group: "Built-in policies",
        items: [
          { value: "emulator-tuning/random", label: "random" },
          { value: "emulator-tuning/keep-best", label: "keep-best" },
        ],
      },
    ]);
  });

  it("keeps a choice that was made elsewhere", () => {
    expect(subjectsFor(undefined, [], "other:7")).toEqual([
      { group: "Chosen elsewhere", items: [{ value: "other:7", label: "other:7" }] },
    ]);
  });

  it("takes a run's world for a built-in policy, and nothing of its training", () => {
    const rows = [
      { key: "users", value: 9 },
      { key: "learningRate", value: 3e-4 },
    ];
    expect(worldParameters(scenario, rows)).toEqual({ users: 9 });
    expect(worldParameters(undefined, rows)).toEqual({});
  });

  it("is live while a run trains", () => {
    expect(
      (["queued", "starting", "running", "pausing", "paused", "finished"] as const).filter((state) =>
        isTraining({ state }),
      ),
    ).toEqual(["running", "pausing"]);
  });
});
