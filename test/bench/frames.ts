/** How long frames take in which the page draws something. */
import type { Page } from "playwright";

export interface FrameTimes {
  /** Frames in which something was redrawn. */
  readonly frames: number;
  /** Milliseconds. */
  readonly median: number;
  readonly p99: number;
}

declare global {
  interface Window {
    drawnFrames?: { readonly times: number[]; stop(): void };
  }
}

/**
 * Measures while `work` moves something. A frame's time is that from its start to the start of the next one, so that script,
 * layout, painting and compositing are all in it. It counts when something was redrawn in it: a canvas (charts), or the
 * rows of the document (lists).
 */
export async function framesDuring(
  page: Page,
  what: "canvas" | "rows",
  work: () => Promise<void>,
): Promise<FrameTimes> {
  await page.evaluate(watchFrames, what);
  await work();
  const times = await page.evaluate(() => {
    window.drawnFrames?.stop();
    return window.drawnFrames?.times ?? [];
  });
  if (times.length < 30) throw new Error(`only ${times.length} frames were drawn: nothing moved`);
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
  return { frames: times.length, median: at(0.5), p99: at(0.99) };
}

/** Runs in the page. */
function watchFrames(what: "canvas" | "rows"): void {
  const times: number[] = [];
  let drawn = false;
  let running = true;
  let last: number | undefined;
  const clearRect = CanvasRenderingContext2D.prototype.clearRect;
  CanvasRenderingContext2D.prototype.clearRect = function clear(...words) {
    if (what === "canvas") drawn = true;
    clearRect.apply(this, words);
  };
  const observer = new MutationObserver(() => {
    if (what === "rows") drawn = true;
  });
  observer.observe(document.body, { subtree: true, childList: true });
  const frame = (now: number) => {
    if (!running) return;
    if (last !== undefined && drawn) times.push(now - last);
    drawn = false;
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  window.drawnFrames = {
    times,
    stop: () => {
      running = false;
      observer.disconnect();
      CanvasRenderingContext2D.prototype.clearRect = clearRect;
    },
  };
}
