import { Drawer } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useEffect } from "react";
import { StartDialog } from "../forms/start-dialog.tsx";
import { Splitter, usePanelWidth } from "../parts/splitter.tsx";
import { session, useSession } from "../state/session.ts";
import { About } from "./about.tsx";
import { ConnectionScreen } from "./connection.tsx";
import { EmptyProject } from "./empty.tsx";
import { Inspector } from "./inspector.tsx";
import { carryOut, projectName } from "./menu-commands.ts";
import { NoticeLine } from "./notice.tsx";
import { RunTree } from "./run-tree.tsx";
import { StatusLine } from "./status-line.tsx";
import { TitleBar } from "./title-bar.tsx";
import { WorkArea } from "./work-area.tsx";

const treeLimits = { initial: 264, least: 180, most: 480 };
const inspectorLimits = { initial: 340, least: 260, most: 640 };
/** Narrower windows show the inspector as a drawer. */
const drawerBelow = "(max-width: 1179px)";

export function App() {
  const loaded = useSession((state) => state.loaded);
  const empty = useSession((state) => state.runs.length === 0);
  const dataFolder = useSession((state) => state.info?.dataFolder);
  const refused = useSession((state) => state.engine.state === "refused");
  useEffect(() => window.edgeloom.onMenu(carryOut), []);
  useEffect(() => {
    // The title also tells the shell that the window can be used.
    if (loaded && dataFolder !== undefined) document.title = `${projectName(dataFolder)} - Edgeloom`;
  }, [loaded, dataFolder]);
  if (refused || !loaded) return <ConnectionScreen />;
  return (
    <div className="app">
      <TitleBar />
      {empty ? <EmptyProject /> : <Regions />}
      <NoticeLine />
      <StatusLine />
      <StartDialog />
      <About />
    </div>
  );
}

function Regions() {
  const tree = usePanelWidth("tree", treeLimits);
  const inspector = usePanelWidth("inspector", inspectorLimits);
  const narrow = useMediaQuery(drawerBelow, window.matchMedia(drawerBelow).matches);
  const drawer = useSession((state) => state.drawer);
  return (
    <div className="regions">
      <nav className="region tree-region" style={{ width: tree.width }} aria-label="Experiments and runs">
        <RunTree />
      </nav>
      <Splitter label="Width of the list" panel={tree} limits={treeLimits} side="left" />
      <main className="region work-region">
        <WorkArea />
      </main>
      {narrow ? (
        <Drawer
          opened={drawer}
          onClose={() => session.set({ drawer: false })}
          position="right"
          size={380}
          title="Inspector"
          closeButtonProps={{ "aria-label": "Close the inspector" }}
          classNames={{ body: "drawer-body" }}
        >
          <Inspector />
        </Drawer>
      ) : (
        <>
          <Splitter label="Width of the inspector" panel={inspector} limits={inspectorLimits} side="right" />
          <aside className="region inspector-region" style={{ width: inspector.width }} aria-label="Inspector">
            <Inspector />
          </aside>
        </>
      )}
    </div>
  );
}
