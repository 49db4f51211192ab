import { useEffect, useRef, useState } from "react";
import type { RunSummary } from "../../preload/contract.ts";
import { isWorking } from "../model/runs.ts";
import { bridge } from "../state/session.ts";

const tailBytes = 8192;
const refreshMilliseconds = 2000;

/** The end of what the trainer printed; read again while the run is going and whenever its state changes. */
export function LogTail({ run }: { readonly run: RunSummary }) {
  const [text, setText] = useState("");
  const view = useRef<HTMLPreElement>(null);
  const working = isWorking(run);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new state or attempt is a reason to read again
  useEffect(() => {
    let current = true;
    const read = async () => {
      const answer = await bridge.call("runs.log", { run: run.id, bytes: tailBytes });
      if (current && answer.ok) setText(answer.value);
    };
    void read();
    const timer = working ? setInterval(() => void read(), refreshMilliseconds) : undefined;
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [run.id, run.state, run.attempt, working]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new text is a reason to show the end
  useEffect(() => {
    if (view.current !== null) view.current.scrollTop = view.current.scrollHeight;
  }, [text]);
  if (text === "") return <p className="dim pad-small">Nothing was printed.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <pre ref={view} className="log-tail" tabIndex={0} role="log" aria-label="End of the log">
      {text}
    </pre>
  );
}
