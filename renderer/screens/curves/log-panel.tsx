import { ActionIcon, Button, TextInput } from "@mantine/core";
import { IconChevronDown, IconChevronUp, IconX } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { formatBytes, formatCount } from "../../model/format.ts";
import { findLines } from "../../model/log-lines.ts";
import { runLabel } from "../../model/runs.ts";
import { curveView } from "../../state/curve-view.ts";
import { LogFollower } from "../../state/log-follower.ts";
import { useSession } from "../../state/session.ts";
import { findInLogId } from "./ids.ts";

const lineHeight = 18;
/** Nearer to the end than this it stays at the end. */
const stickPixels = 2 * lineHeight;

/** The active run's log, followed as it is written. */
export function LogPanel({ run }: { readonly run: string }) {
  const [follower, setFollower] = useState<LogFollower>();
  useEffect(() => {
    const made = new LogFollower(run);
    setFollower(made);
    return () => made.close();
  }, [run]);
  return follower === undefined ? null : <Log key={run} run={run} follower={follower} />;
}

function Log({ run, follower }: { readonly run: string; readonly follower: LogFollower }) {
  const summary = useSession((state) => state.runs.find(({ id }) => id === run));
  const version = useSyncExternalStore(follower.subscribe, () => follower.lines.version);
  const scroller = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [text, setText] = useState("");
  const [found, setFound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `version` says when there are other lines
  const lines = useMemo(() => follower.lines.all, [follower, version]);
  const hits = useMemo(() => findLines(lines, text), [lines, text]);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => lineHeight,
    overscan: 12,
  });
  // A run that is resumed writes on.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another state or attempt is a reason to read on
  useEffect(() => void follower.follow(), [follower, summary?.state, summary?.attempt]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are a reason to show the end
  useEffect(() => {
    if (atEnd.current && lines.length > 0) virtual.scrollToIndex(lines.length - 1, { align: "end" });
  }, [lines.length]);

  const go = (to: number) => {
    if (hits.length === 0) return;
    const place = (to + hits.length) % hits.length;
    setFound(place);
    atEnd.current = false;
    virtual.scrollToIndex(hits[place] ?? 0, { align: "center" });
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === "Enter") go(found + (event.shiftKey ? -1 : 1));
    else if (event.key === "Escape" && text !== "") setText("");
    else return;
    event.preventDefault();
  };
  const search = (wanted: string) => {
    setText(wanted);
    const places = findLines(lines, wanted);
    // The last place first: what went wrong is near the end.
    setFound(Math.max(0, places.length - 1));
    if (places.length > 0) {
      atEnd.current = false;
      virtual.scrollToIndex(places.at(-1) ?? 0, { align: "center" });
    }
  };
  const scrolled = () => {
    const element = scroller.current;
    if (element === null) return;
    atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < stickPixels;
  };
  const current = hits[found];
  const hitSet = useMemo(() => new Set(hits), [hits]);
  return (
    <section className="log-panel" aria-label="Log">
      <header className="log-head">
        <h3 className="ellipsis">{summary === undefined ? "Log" : `Log of ${runLabel(summary)}`}</h3>
        {follower.earlier > 0 ? (
          <Button size="compact-xs" variant="default" onClick={() => void follower.readEarlier()}>
            Show earlier ({formatBytes(follower.earlier)})
          </Button>
        ) : null}
        <span className="spacer" />
        <TextInput
          id={findInLogId}
          size="xs"
          className="log-find"
          aria-label="Find in the log"
          placeholder="Find in the log"
          value={text}
          onChange={(event) => search(event.currentTarget.value)}
          onKeyDown={key}
        />
        <span className="log-count dim" role="status">
          {text === "" ? "" : hits.length === 0 ? "Not found" : `${found + 1} of ${formatCount(hits.length)}`}
        </span>
        <ActionIcon size={22} variant="subtle" color="gray" aria-label="Previous place" onClick={() => go(found - 1)}>
          <IconChevronUp size={14} />
        </ActionIcon>
        <ActionIcon size={22} variant="subtle" color="gray" aria-label="Next place" onClick={() => go(found + 1)}>
          <IconChevronDown size={14} />
        </ActionIcon>
        <ActionIcon
          size={22}
          variant="subtle"
          color="gray"
          aria-label="Close the log"
          onClick={() => curveView.set({ log: false })}
        >
          <IconX size={14} />
        </ActionIcon>
      </header>
      <div
        ref={scroller}
        className="log-lines"
        role="log"
        aria-label="Lines of the log"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={scrolled}
      >
        {lines.length === 0 ? <p className="dim pad-small">Nothing was printed.</p> : null}
        <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map((item) => (
            <div
              key={item.index}
              className="log-line"
              data-hit={hitSet.has(item.index)}
              data-current={item.index === current}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              {lines[item.index]}
            </div>
          ))}
        </div>
      </div>
    </section>
  );
}
