/** Under npm and npx one Ctrl-C arrives twice: from the terminal and forwarded by the parent. Such a pair is one. */
const SAME_KEY_MILLISECONDS = 400;

/** Calls `handler` with 1, 2, 3 ... for each Ctrl-C; answers the function that ends it. */
export function onInterrupt(handler: (count: number) => void): () => void {
  let count = 0;
  let last = Number.NEGATIVE_INFINITY;
  const hear = () => {
    const now = performance.now();
    if (now - last < SAME_KEY_MILLISECONDS) return;
    last = now;
    count++;
    handler(count);
  };
  process.on("SIGINT", hear);
  return () => process.off("SIGINT", hear);
}
