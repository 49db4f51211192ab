import type { Client } from "../../main/link/client.ts";
import { connect } from "../../main/link/connect.ts";
import type { MethodParams } from "../../preload/contract.ts";

const longName = "A very long name of an experiment, as people type them when nobody stops them, up to its end";

/** Trains a few tiny runs for pictures: finished ones of two learners, one with a long name, and a stopped one. */
export async function fillProject(data: string): Promise<void> {
  const client = await connect(data, "cli");
  const create = (change: Partial<MethodParams<"runs.create">>) =>
    client.call("runs.create", {
      scenario: "emulator-tuning",
      learner: "hmppo",
      preset: "smoke",
      set: { steps: 2048, evaluationEvery: 512 },
      seeds: [1, 2],
      ...change,
    });
  const runs = [
    ...(await create({ name: longName })),
    ...(await create({ name: "HMPPO", seeds: [1, 2, 3] })),
    ...(await create({ name: "IPPO", learner: "ippo" })),
  ];
  const stopped = await create({ name: "Stopped", seeds: [7] });
  for (const { id } of stopped) await client.call("runs.command", { run: id, command: "stop" });
  await settled(
    client,
    runs.map((run) => run.id),
  );
  client.close();
}

/** Waits until all of the runs have finished. */
export async function settled(client: Client, ids: readonly string[]): Promise<void> {
  const open = new Set(ids);
  await new Promise<void>((resolve, reject) => {
    const take = ({ id, state, error }: { id: string; state: string; error: { message: string } | null }) => {
      if (open.has(id) && state === "failed") reject(new Error(`${id}: ${error?.message}`));
      if (state === "finished") open.delete(id);
      if (open.size === 0) resolve();
    };
    client.listen("run", take);
    const begin = async () => {
      await client.call("subscribe", { runs: true, points: [] });
      for (const run of await client.call("runs.list", {})) take(run);
    };
    begin().catch(reject);
  });
}
