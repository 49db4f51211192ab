import { Drawer } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { lazy, Suspense, useEffect, useRef } from "react";
import { ForkDialog } from "../forms/fork-dialog.tsx";
import { StartDialog } from "../forms/start-dialog.tsx";
import { Splitter, usePanelWidth } from "../parts/splitter.tsx";
import { useDesk } from "../state/desk.ts";
import { session, useSession } from "../state/session.ts";
import { useStore } from "../state/store.ts";
import { About } from "./about.tsx";
import { ConnectionScreen } from "./connection.tsx";
import { EmptyProject } from "./empty.tsx";
import { Inspector } from "./inspector/inspector.tsx";
import { projectName } from "./menu-commands.ts";
import { NoticeLine } from "./notice.tsx";
import { paletteUse } from "./palette/open.ts";
import { Settings } from "./settings/settings.tsx";
import { Shortcuts } from "./shortcuts.tsx";
import { StatusLine } from "./status-line.tsx";
import { TitleBar } from "./title-bar.tsx";
import { TrashDialog } from "./trash/trash-dialog.tsx";
import { MoveDialog } from "./tree/move-dialog.tsx";
import { TreeRegion } from "./tree/tree-region.tsx";
import { WorkArea } from "./work-area.tsx";

/** Wide enough for the name of a run with two parameters and its seed where the window leaves room for it. */
const treeInitial = Math.round(Math.min(344, Math.max(264, 0.235 * window.innerWidth)));
const treeLimits = { initial: treeInitial, least: 180, most: 480 };
const inspectorLimits = { initial: 340, least: 260, most: 640 };
/** Narrower windows show the inspector as a drawer. */
const drawerBelow = "(max-width: 1179px)";

export function App() {
  const loaded = useSession((state) => state.loaded);
  const hasRuns = useSession((state) => state.runs.length > 0);
  // The first project is there before anything is.
  const hasPlaces = useDesk((state) => state.projects.size > 1 || state.experiments.size > 0);
  const dataFolder = useSession((state) => state.info?.dataFolder);
  const refused = useSession((state) => state.engine.state === "refused");
  useEffect(() => {
    // The title also tells the shell that the window can be used.
    if (loaded && dataFolder !== undefined) document.title = `${projectName(dataFolder)} - Edgeloom`;
  }, [loaded, dataFolder]);
  if (refused || !loaded) return <ConnectionScreen />;
  return (
    <div className="app">
      <TitleBar />
      {hasRuns || hasPlaces ? <Regions /> : <EmptyProject />}
      <NoticeLine />
      <StatusLine />
      <StartDialog />
      <ForkDialog />
      <MoveDialog />
      <TrashDialog />
      <About />
      <Shortcuts />
      <Settings />
      <CompareOnceUsed />
      <PaletteOnceUsed />
    </div>
  );
}

const Palette = lazy(() => import("./palette/palette.tsx"));

function PaletteOnceUsed() {
  const used = useStore(paletteUse, (state) => state.used);
  return used ? (
    <Suspense fallback={null}>
      <Palette />
    </Suspense>
  ) : null;
}

const CompareDialog = lazy(async () => ({
  default: (await import("./overview/compare-dialog.tsx")).CompareDialog,
}));

function CompareOnceUsed() {
  const opened = useSession((state) => state.dialog === "compare-parameters");
  const used = useRef(false);
  used.current ||= opened;
  return used.current ? (
    <Suspense fallback={null}>
      <CompareDialog />
    </Suspense>
  ) : null;
}

function Regions() {
  const tree = usePanelWidth("tree", treeLimits);
  const inspector = usePanelWidth("inspector", inspectorLimits);
  const narrow = useMediaQuery(drawerBelow, window.matchMedia(drawerBelow).matches);
  const drawer = useSession((state) => state.drawer);
  return (
    <div className="regions">
      <nav className="region tree-region" style={{ width: tree.width }} aria-label="Projects, experiments and runs">
        <TreeRegion />
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
