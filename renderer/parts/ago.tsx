import { useEffect, useState } from "react";
import { formatAgo, formatTime } from "../model/format.ts";

/** A relative time with the exact one on hover; keeps itself up to date. */
export function Ago({ time }: { readonly time: number }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  return <time title={formatTime(time)}>{formatAgo(time, Math.max(now, time))}</time>;
}
