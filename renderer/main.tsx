import "@fontsource-variable/inter/index.css";
import "@fontsource-variable/jetbrains-mono/index.css";
import "@mantine/core/styles.css";
import "uplot/dist/uPlot.min.css";
import "./styles.css";
import { MantineProvider } from "@mantine/core";
import { createRoot } from "react-dom/client";
import { startCommands } from "./commands/perform.ts";
import { App } from "./screens/app.tsx";
import { CrashBoundary } from "./screens/crash.tsx";
import { startDesk } from "./state/desk.ts";
import { startDeskView } from "./state/desk-view.ts";
import { startEvents } from "./state/events.ts";
import { startSession } from "./state/feed.ts";
import { startQueue } from "./state/queue.ts";
import { startShell } from "./state/shell.ts";
import { controlVariables, theme } from "./theme.ts";

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
const root = document.getElementById("root");
if (root === null) throw new Error("the page has no root");

startShell();
startCommands();
startEvents();
startSession();
startDesk();
startDeskView();
startQueue();
createRoot(root).render(
  <MantineProvider
    theme={theme}
    cssVariablesResolver={controlVariables}
    defaultColorScheme="auto"
    getStyleNonce={() => nonce}
  >
    <CrashBoundary>
      <App />
    </CrashBoundary>
  </MantineProvider>,
);
