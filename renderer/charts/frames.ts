/** What must be drawn anew; many small causes become at most one drawing a frame. */
const waiting = new Map<object, () => void>();
/** Charts that do not fit into this part of a frame are drawn in the next. */
const budgetMilliseconds = 12;
let asked = false;

/** Draws in the next frame that has room; once, however often it is asked for. */
export function drawSoon(owner: object, draw: () => void): void {
  if (!waiting.has(owner)) waiting.set(owner, draw);
  ask();
}

export function dropDrawing(owner: object): void {
  waiting.delete(owner);
  clearTimeout(readings.get(owner));
  readings.delete(owner);
}

/**
 * Words and numbers beside a chart that is moved: nobody reads faster, and laying them out and painting them in every
 * frame costs more than the chart itself.
 */
const readingMilliseconds = 120;
const readings = new Map<object, ReturnType<typeof setTimeout>>();

/** Writes soon, but not with every frame of a movement; the last state is always written. */
export function writeSoon(owner: object, write: () => void): void {
  if (readings.has(owner)) return;
  const timer = setTimeout(() => {
    readings.delete(owner);
    drawSoon(owner, write);
  }, readingMilliseconds);
  readings.set(owner, timer);
}

function ask(): void {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    const start = performance.now();
    for (const [owner, draw] of waiting) {
      waiting.delete(owner);
      draw();
      if (performance.now() - start > budgetMilliseconds) break;
    }
    if (waiting.size > 0) ask();
  });
}
