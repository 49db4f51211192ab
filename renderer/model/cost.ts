/** What an order costs, in words. */
import type { Estimate } from "../../preload/contract.ts";
import { formatBytes, formatCount } from "./format.ts";

export interface CostLine {
  readonly name: string;
  readonly text: string;
  /** Something to think about before starting. */
  readonly warning: boolean;
}

/** `about 14 min`: no more digits than an estimate deserves. */
export function aboutDuration(seconds: number): string {
  if (seconds < 10) return "a few seconds";
  if (seconds < 90) return `about ${Math.round(seconds / 10) * 10} s`;
  const minutes = seconds / 60;
  if (minutes < 90) return `about ${formatCount(minutes < 20 ? minutes : Math.round(minutes / 5) * 5)} min`;
  const hours = minutes / 60;
  if (hours < 48) return `about ${hours < 10 ? Number(hours.toFixed(1)) : Math.round(hours)} h`;
  const days = hours / 24;
  return `about ${days < 10 ? Number(days.toFixed(1)) : formatCount(days)} d`;
}

/** @param parallel runs at once; undefined when it is not known */
export function costLines(estimate: Estimate, parallel: number | undefined): CostLine[] {
  const { runs, seconds, secondsEach, diskBytes, diskFreeBytes, memoryBytesEach } = estimate;
  const atOnce = parallel === undefined || runs === 1 ? "" : `, ${formatCount(Math.min(runs, parallel))} at once`;
  const each = secondsEach === null || runs === 1 ? "" : `; ${aboutDuration(secondsEach)} each`;
  const scarce = diskBytes > diskFreeBytes;
  return [
    {
      name: "Time",
      text: seconds === null ? "not measured yet" : `${aboutDuration(seconds)}${atOnce}${each}`,
      warning: false,
    },
    {
      name: "Disk",
      text: `${formatBytes(diskBytes)} of ${formatBytes(diskFreeBytes)} free${scarce ? ": too little" : ""}`,
      warning: scarce,
    },
    { name: "Memory", text: `${formatBytes(memoryBytesEach)} a run`, warning: false },
    {
      name: "Checkpoints",
      text: `${formatCount(estimate.checkpoints)} kept a run, ${formatBytes(estimate.checkpointBytes)}`,
      warning: false,
    },
  ];
}
