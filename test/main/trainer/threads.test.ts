import { describe, expect, it } from "vitest";
import { listCheckpoints } from "../../../main/runs/checkpoint.ts";
import { temporaryFolder } from "../runs/support.ts";
import { ended, log, makeRun, points, quick, startTrainer, states } from "./support.ts";

/** Three updates of networks that are large enough to share. */
const wide = { ...quick, set: { ...quick.set, steps: 768, rolloutSteps: 128, minibatch: 128, hidden: "256x256" } };

describe("a trainer with two threads", () => {
  it("ends by itself and leaves the bytes of one with one thread", async () => {
    const runs = temporaryFolder();
    const train = async (threads: number): Promise<string> => {
      const folder = makeRun(runs, `threads-${threads}`, { ...wide, set: { ...wide.set, threads } });
      expect(await ended(startTrainer(folder)), log(folder)).toEqual([0, null]);
      expect(states(folder)).toEqual(["running", "finished"]);
      return folder;
    };
    const [one, two] = [await train(1), await train(2)];
    const parts = (folder: string) => listCheckpoints(folder).map(({ manifest }) => manifest?.parts);
    expect(parts(two).length).toBeGreaterThan(0);
    expect(parts(two)).toEqual(parts(one));
    expect(points(two).values).toEqual(points(one).values);
  });
});
