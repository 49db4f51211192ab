import { Popover } from "@mantine/core";
import { formatBytes } from "../model/format.ts";
import { Ago } from "../parts/ago.tsx";
import { useSession } from "../state/session.ts";
import { showFolder } from "../state/shell.ts";
import { useStore } from "../state/store.ts";
import { projectName } from "./menu-commands.ts";
import { StatusDetails } from "./status/details.tsx";
import { statusOpen } from "./status/open.ts";
import "../styles/status.css";

/** The engine, the computer and the last event in one line; a click shows more. */
export function StatusLine() {
  const engine = useSession((state) => state.engine);
  const info = useSession((state) => state.info);
  const lastEvent = useSession((state) => state.lastEvent);
  const open = useStore(statusOpen, (state) => state.open);
  const setOpen = (value: boolean) => statusOpen.set({ open: value });
  return (
    <footer className="status-line">
      <Popover opened={open} onChange={setOpen} position="top-start" width={560} trapFocus returnFocus shadow="md">
        <Popover.Target>
          <button
            type="button"
            className="status-button"
            data-engine={engine.state}
            aria-expanded={open}
            aria-haspopup="dialog"
            title="Show details"
            onClick={() => setOpen(!open)}
          >
            <span className="status-part">
              <span className={`engine-dot engine-${engine.state}`} aria-hidden="true" />
              {engine.state === "connected" && info !== undefined
                ? `Engine ${info.version}`
                : engineWords[engine.state]}
            </span>
            {info === undefined ? null : (
              <>
                <span className="status-part">{info.kernelBuild}</span>
                <span className="status-part">
                  CPU {Math.round(info.cpuPercent)}%, memory {formatBytes(info.memoryTotalBytes - info.memoryFreeBytes)}{" "}
                  of {formatBytes(info.memoryTotalBytes)}
                </span>
                <span className="status-part">{formatBytes(info.diskFreeBytes)} free on the disk</span>
              </>
            )}
            {lastEvent === undefined ? null : (
              <span className="status-part status-event">
                {lastEvent.text}, <Ago time={lastEvent.time} />
              </span>
            )}
          </button>
        </Popover.Target>
        <Popover.Dropdown className="status-dropdown" aria-label="Details of engine and computer">
          {open ? <StatusDetails close={() => setOpen(false)} /> : null}
        </Popover.Dropdown>
      </Popover>
      <span className="spacer" />
      {info === undefined ? null : (
        <button
          type="button"
          className="status-part status-folder link"
          title={`Show ${info.dataFolder}`}
          onClick={() => showFolder(info.dataFolder)}
        >
          {projectName(info.dataFolder)}
        </button>
      )}
    </footer>
  );
}

const engineWords = {
  connected: "Engine connected",
  connecting: "Connecting to the engine",
  lost: "Engine lost",
  refused: "Engine refused",
} as const;
