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
