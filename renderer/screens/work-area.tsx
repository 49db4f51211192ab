import { Tabs } from "@mantine/core";
import { session, type Tab, useSession } from "../state/session.ts";
import { CurvesScreen } from "./curves.tsx";
import { RunsTable } from "./runs-table.tsx";

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
        <Tabs.Tab value="runs">Runs</Tabs.Tab>
        <Tabs.Tab value="curves">Curves</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="runs" className="work-panel">
        <RunsTable />
      </Tabs.Panel>
      <Tabs.Panel value="curves" className="work-panel">
        <CurvesScreen />
      </Tabs.Panel>
    </Tabs>
  );
}
