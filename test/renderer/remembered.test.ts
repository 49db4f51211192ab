import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { recall, remember } from "../../renderer/state/remembered.ts";

let kept: Map<string, string>;
const setItem = vi.fn((key: string, text: string) => void kept.set(key, text));
beforeEach(() => {
  kept = new Map();
  setItem.mockClear();
  vi.stubGlobal("localStorage", { getItem: (key: string) => kept.get(key) ?? null, setItem });
});
afterEach(() => vi.unstubAllGlobals());

const view = {
  tab: "curves",
  xAxis: "wall",
  metric: "train/kl",
  selection: { selected: ["a", "b"], active: "b", anchor: "a" },
} as const;

it("comes back as it was, and is written only when it changed", () => {
  remember(view);
  remember({ ...view });
  expect(setItem).toHaveBeenCalledTimes(1);
  expect(recall(new Set(["a", "b", "c"]))).toEqual({ ...view, selection: { ...view.selection, anchor: "b" } });
});

it("leaves out runs that are gone", () => {
  remember({ ...view, metric: "other" });
  expect(recall(new Set(["a"])).selection).toEqual({ selected: ["a"], active: "a", anchor: "a" });
  expect(recall(new Set()).selection).toBeUndefined();
});

it.each(["{", "null", "7", '{"tab":"nowhere","selected":"a","active":3,"metric":{}}'])(
  "takes damage for nothing: %s",
  (text) => {
    kept.set("view", text);
    expect(recall(new Set(["a"]))).toEqual({});
  },
);
