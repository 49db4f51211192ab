/**
 * The row that a key leads to from row `position` of a list of `count` rows, of which `visible` are in sight; not yet kept
 * within the list. Undefined for keys that do not move.
 */
export function rowStep(key: string, position: number, count: number, visible: number): number | undefined {
  const page = Math.max(1, visible);
  const steps: Record<string, number> = {
    ArrowDown: position + 1,
    ArrowUp: position - 1,
    Home: 0,
    End: count - 1,
    PageDown: position + page,
    PageUp: position - page,
  };
  return Object.hasOwn(steps, key) ? steps[key] : undefined;
}
