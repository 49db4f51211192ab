/** What the window shows, in one value, and the way to the engine. */
import type {
  EngineStatus,
  EvaluationResult,
  ItemRef,
  LearnerSummary,
  MethodResult,
  RunDetail,
  RunSummary,
  ScenarioSummary,
  UserErrorValue,
  XAxis,
} from "../../preload/contract.ts";
import { nothingSelected, type Selection } from "../model/selection.ts";
import { Curves } from "./curves.ts";
import { createStore, type Store, useStore } from "./store.ts";
import type { Tab } from "./tabs.ts";

export type DialogName = "start" | "fork" | "about" | "settings" | "shortcuts" | "trash" | "compare-parameters";

/** An evaluation that was asked for here. */
export type Evaluation =
  | { readonly state: "running"; readonly done: number; readonly total: number }
  | { readonly state: "done"; readonly result: EvaluationResult }
  | { readonly state: "failed"; readonly error: UserErrorValue };

export interface Notice {
  readonly kind: "error" | "info";
  readonly text: string;
  /** Takes back what the notice tells of. */
  readonly undo?: () => void;
}

export interface SessionState {
  readonly engine: EngineStatus;
  readonly info: MethodResult<"engine.info"> | undefined;
  /** True once the first list of runs is there. */
  readonly loaded: boolean;
  /** In the order of creation. */
  readonly runs: readonly RunSummary[];
  readonly scenarios: readonly ScenarioSummary[];
  readonly learners: readonly LearnerSummary[];
  readonly details: ReadonlyMap<string, RunDetail>;
  readonly evaluations: ReadonlyMap<string, Evaluation>;
  readonly selection: Selection;
  /** What the inspector shows and commands of the tree act on; the active run where it is undefined. */
  readonly focus: ItemRef | undefined;
  /** The query of the search box, for tree and table. */
  readonly filter: string;
  readonly tab: Tab;
  readonly metric: string;
  readonly xAxis: XAxis;
  readonly dialog: DialogName | undefined;
  /** Only where the inspector is a drawer. */
  readonly drawer: boolean;
  readonly notice: Notice | undefined;
  readonly lastEvent: { readonly text: string; readonly time: number } | undefined;
}

export const bridge = window.edgeloom;
export const curves = new Curves(bridge);

export const session: Store<SessionState> = createStore<SessionState>({
  engine: { state: "connecting", text: "Starting the engine" },
  info: undefined,
  loaded: false,
  runs: [],
  scenarios: [],
  learners: [],
  details: new Map(),
  evaluations: new Map(),
  selection: nothingSelected,
  focus: undefined,
  filter: "",
  tab: "runs",
  metric: "eval/reward",
  xAxis: "step",
  dialog: undefined,
  drawer: false,
  notice: undefined,
  lastEvent: undefined,
});

export function useSession<S>(select: (state: SessionState) => S): S {
  return useStore(session, select);
}
