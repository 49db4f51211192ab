import { connect } from "../../main/link/connect.ts";
import type { MethodParams } from "../../preload/contract.ts";

const names = ["A very long name of an experiment, as people type them when nobody stops them, up to its end", "HMPPO"];

/** Trains a few tiny runs for pictures: finished, stopped and one of another scenario. */
export async function fillProject(data: string): Promise<void> {
  const client = await connect(data, "cli");
  const create = (change: Partial<MethodParams<"runs.create">>) =>
    client.call("runs.create", {
      scenario: "emulator-tuning",
      learner: "hmppo",
      preset: "smoke",
      set: {},
      seeds: [1, 2],
      ...change,
    });
  const runs = [
    ...(await create({ name: names[0] })),
    ...(await create({ name: names[1], seeds: [1, 2, 3], set: { steps: 8192, evaluationEvery: 512 } })),
    ...(await create({ name: "IPPO", learner: "ippo", set: { steps: 8192, evaluationEvery: 512 } })),
  ];
  const stopped = await create({ name: "Stopped", seeds: [7] });
  for (const { id } of stopped) await client.call("runs.command", { run: id, command: "stop" });
  const open = new Set(runs.map((run) => run.id));
  const settled = new Promise<void>((resolve) => {
    const take = ({ id, state }: { id: string; state: string }) => {
      if (state === "finished" || state === "failed") open.delete(id);
      if (open.size === 0) resolve();
    };
    client.listen("run", take);
    void client.call("subscribe", { runs: true, points: [] }).then(async () => {
      for (const run of await client.call("runs.list", {})) take(run);
    });
  });
  await settled;
  client.close();
}
