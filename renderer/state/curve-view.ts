/** How curves are looked at; what a person chose once is kept. */
import { z } from "zod";
import { halfLives } from "../model/smoothing.ts";
import { createStore, type Store, useStore } from "./store.ts";

const key = "curves";

const chosenSchema = z.object({
  /** Metrics of the charts in their order; undefined = what suits the runs. */
  metrics: z.array(z.string()).max(100).optional(),
  /** Charts side by side. */
  columns: z.number().int().min(1).max(3),
  logX: z.boolean(),
  logY: z.boolean(),
  /** Points; 0 = not smoothed. */
  halfLife: z.number().refine((value) => halfLives.some((each) => each === value)),
  /** Seeds of one setting as their mean with its interval. */
  grouped: z.boolean(),
  /** A fork's curve begins with its parent's. */
  ancestors: z.boolean(),
  machine: z.boolean(),
  log: z.boolean(),
});
type Chosen = z.output<typeof chosenSchema>;

export type CurveView = Chosen;

const standard: Chosen = {
  columns: 2,
  logX: false,
  logY: false,
  halfLife: 0,
  grouped: false,
  ancestors: false,
  machine: false,
  log: false,
};

export const curveView: Store<CurveView> = createStore(recalled());

let last = "";
curveView.subscribe(() => {
  const text = JSON.stringify(curveView.get());
  if (text === last) return;
  last = text;
  localStorage.setItem(key, text);
});

export function useCurveView<S>(select: (state: CurveView) => S): S {
  return useStore(curveView, select);
}

function recalled(): Chosen {
  try {
    const stored = chosenSchema.partial().safeParse(JSON.parse(localStorage.getItem(key) ?? "{}"));
    return { ...standard, ...(stored.success ? stored.data : {}) };
  } catch (error) {
    if (error instanceof SyntaxError) return standard;
    throw error;
  }
}
