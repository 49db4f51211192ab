import { Tabs } from "@mantine/core";
import { type ComponentType, lazy, Suspense } from "react";
import { session, useSession } from "../state/session.ts";
import type { Tab } from "../state/tabs.ts";
import { CurvesScreen } from "./curves/curves.tsx";
import { RunsTable } from "./table/runs-table.tsx";

/** Screens that are not needed for the first picture come when they are first shown. */
const screens: Readonly<Record<Tab, { readonly title: string; readonly Screen: ComponentType }>> = {
  runs: { title: "Runs", Screen: RunsTable },
  curves: { title: "Curves", Screen: CurvesScreen },
  overview: {
    title: "Overview",
    Screen: lazy(async () => ({ default: (await import("./overview/overview.tsx")).OverviewScreen })),
  },
  world: { title: "World", Screen: lazy(async () => ({ default: (await import("./world/world.tsx")).WorldScreen })) },
  queue: { title: "Queue", Screen: lazy(async () => ({ default: (await import("./queue/queue.tsx")).QueueScreen })) },
};

export function WorkArea() {
  const tab = useSession((state) => state.tab);
  return (
    <Tabs
      className="work-tabs"
      value={tab}
      onChange={(value) => session.set({ tab: value as Tab })}
      keepMounted={false}
    >
      <Tabs.List>
        {Object.entries(screens).map(([name, { title }]) => (
          <Tabs.Tab key={name} value={name}>
            {title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {Object.entries(screens).map(([name, { Screen }]) => (
        <Tabs.Panel key={name} value={name} className="work-panel">
          <Suspense fallback={null}>
            <Screen />
          </Suspense>
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
