import { readFileSync } from "node:fs";
import { freemem } from "node:os";

/**
 * Bytes of main memory that new processes can have without pushing others out. Linux counts caches that it would give
 * back as available; elsewhere, and in an old kernel, what is unused right now has to do.
 */
export function availableMemoryBytes(): number {
  if (process.platform !== "linux") return freemem();
  const found = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"));
  return found === null ? freemem() : Number(found[1]) * 1024;
}
