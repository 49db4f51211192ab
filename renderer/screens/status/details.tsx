import { Button, Group } from "@mantine/core";
import { formatBytes, formatTime } from "../../model/format.ts";
import { Ago } from "../../parts/ago.tsx";
import { pastEvents } from "../../state/events.ts";
import { session, useSession } from "../../state/session.ts";
import { act } from "../../state/shell.ts";
import { useStore } from "../../state/store.ts";
import { EngineTrouble } from "../engine-trouble.tsx";

/** What the status line is short for: trouble if there is any, engine and computer, and what happened last. */
export function StatusDetails({ close }: { readonly close: () => void }) {
  const engine = useSession((state) => state.engine);
  const info = useSession((state) => state.info);
  const events = useStore(pastEvents, (state) => state.events);
  const rows: readonly (readonly [string, string])[] =
    info === undefined
      ? []
      : [
          ["Engine", `${info.version}, process ${info.pid}, ${formatBytes(info.memoryBytes)}, Node ${info.node}`],
          [
            "Device",
            info.kernelBuild === "" ? "none: the kernels are not built" : `Built-in kernels, ${info.kernelBuild}`,
          ],
          ["Processor", `${Math.round(info.cpuPercent)}% of all cores in the last seconds`],
          ["Memory", `${formatBytes(info.memoryFreeBytes)} free of ${formatBytes(info.memoryTotalBytes)}`],
          ["Disk", `${formatBytes(info.diskFreeBytes)} free where the data folder is`],
          ["Runs at once", String(info.parallel)],
          ["Data folder", info.dataFolder],
        ];
  return (
    <div className="status-details">
      {engine.state === "lost" || engine.state === "refused" ? (
        <div className="status-trouble" role="alert">
          <p className="wide-text">{engine.text}</p>
          <EngineTrouble text={engine.text} restart="Try again" />
        </div>
      ) : null}
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="breakable">{value}</dd>
          </div>
        ))}
      </dl>
      <h3>Last events</h3>
      {events.length === 0 ? <p className="dim">Nothing has happened since this window was opened.</p> : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard */}
      <ol className="status-events" tabIndex={0} aria-label="Last events, the newest first">
        {events.toReversed().map(({ key, text, time, trouble }) => (
          <li key={key} className={trouble ? "status-bad" : undefined}>
            <span className="breakable">{text}</span>
            <span className="dim" title={formatTime(time)}>
              <Ago time={time} />
            </span>
          </li>
        ))}
      </ol>
      <Group gap={8}>
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => {
            close();
            session.set({ dialog: "settings" });
          }}
        >
          Settings
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => act("show-engine-log")}>
          Show the engine's log
        </Button>
      </Group>
    </div>
  );
}
