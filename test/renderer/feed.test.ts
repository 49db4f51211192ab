import { beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { RunSummary } from "../../preload/contract.ts";
import { summary } from "./summary.ts";
import { standInWindow } from "./support-window.ts";

const calls: { readonly method: string; readonly run: string | undefined }[] = [];
let feed: typeof import("../../renderer/state/feed.ts");
let actions: typeof import("../../renderer/state/actions.ts");
let session: typeof import("../../renderer/state/session.ts")["session"];
let runs: RunSummary[];

/** Answers as far as somebody here looks at it. */
async function call(method: string, params: { readonly run?: string }): Promise<unknown> {
  calls.push({ method, run: params.run });
  const found = runs.find(({ id }) => id === params.run);
  return method === "runs.get" ? { ok: true, value: { summary: found, metrics: [], checkpoints: [] } } : { ok: false };
}

beforeAll(async () => {
  standInWindow();
  const { edgeloom } = window;
  Object.assign(window, {
    edgeloom: new Proxy(edgeloom, { get: (to, name) => (name === "call" ? call : to[name as never]) }),
  });
  ({ session } = await import("../../renderer/state/session.ts"));
  feed = await import("../../renderer/state/feed.ts");
  actions = await import("../../renderer/state/actions.ts");
});

beforeEach(() => {
  vi.useFakeTimers();
  calls.length = 0;
  runs = Array.from({ length: 1000 }, (_, ordinal) => summary({ id: `r${ordinal}`, ordinal }));
  session.set({ runs, details: new Map() });
  return () => vi.useRealTimers();
});

const read = () => calls.filter(({ method }) => method === "runs.get").map(({ run }) => run);

it("reads the details of one run, however many are selected", async () => {
  actions.setSelection({ selected: runs.map(({ id }) => id), active: "r7", anchor: "r7" });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(read()).toEqual(["r7"]);
  expect([...session.get().details.keys()]).toEqual(["r7"]);
});

it("reads more of them while a screen shows them, and again when one goes on", async () => {
  actions.setSelection({ selected: ["r500"], active: "r500", anchor: "r500" });
  const end = feed.wantDetails(["r1", "r2"]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(read().sort()).toEqual(["r1", "r2", "r500"]);
  const goOn = async (iteration: number) => {
    runs = runs.map((run) => (run.id === "r1" ? { ...run, iteration } : run));
    feed.takeRuns(runs.slice(1, 2));
    await vi.advanceTimersByTimeAsync(10_000);
  };
  await goOn(1);
  expect(read().filter((run) => run === "r1").length).toBe(2);
  end();
  await goOn(2);
  expect(read().filter((run) => run === "r1").length).toBe(2);
});

it("reads again what was changed here where it is shown, and forgets the rest", async () => {
  actions.setSelection({ selected: ["r20"], active: "r20", anchor: "r20" });
  await vi.advanceTimersByTimeAsync(10_000);
  actions.setSelection({ selected: runs.map(({ id }) => id), active: "r21", anchor: "r21" });
  await vi.advanceTimersByTimeAsync(10_000);
  feed.renewDetails(runs.map(({ id }) => id));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(read()).toEqual(["r20", "r21", "r21"]);
  expect([...session.get().details.keys()]).toEqual(["r21"]);
});
