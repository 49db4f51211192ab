import { expect, it } from "vitest";
import { type Contender, compare, measureAlone } from "./peers/contender.ts";

/** A side whose calls take the milliseconds that `costs` tells block by block; it notes when it was asked. */
function scripted(name: string, costs: (block: number) => number, log: string[]): Contender {
  let block = 0;
  return {
    check: () => [],
    time(repeats) {
      log.push(`${name} ${repeats}`);
      return costs(block++);
    },
  };
}

it("times both sides in turns, who begins alternating, and takes the medians of nine blocks", async () => {
  const log: string[] = [];
  // Blocks of 250 ms at once, so that the first call ends the warm-up; then 301 .. 309 ms, shuffled.
  const medians = await compare(
    scripted("ours", (block) => (block === 0 ? 300 : 301 + ((block * 4) % 9)), log),
    scripted("peer", (block) => (block === 0 ? 500 : block === 3 ? 1e6 : 600), log),
  );
  expect(medians).toEqual({ ours: 305, peer: 600 });
  const rounds = Array.from({ length: 9 }, (_, i) => (i % 2 === 0 ? ["ours 1", "peer 1"] : ["peer 1", "ours 1"]));
  expect(log).toEqual(["ours 1", "peer 1", ...rounds.flat()]);
});

it("makes blocks of a quarter of a second out of short calls, after two blocks to warm up", async () => {
  const log: string[] = [];
  expect(await measureAlone(scripted("ours", () => 0.5, log))).toBe(0.5);
  expect(log).toEqual(["ours 1", "ours 10", "ours 100", ...new Array(11).fill("ours 500")]);
});
