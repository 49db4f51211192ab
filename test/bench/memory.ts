/**
 * Whether memory stays flat while a learner learns: 100,000 updates of the PPO minibatch in a process of their own.
 * `node --expose-gc test/bench/memory.ts` prints what it measured.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Numbers } from "../../lab/nn/workspace.ts";
import type { Measurement } from "./benchmark.ts";
import { ppoMinibatch } from "./peers/works.ts";
import { openWorkspace } from "./workspace.ts";

const file = fileURLToPath(import.meta.url);
const UPDATES = 100_000;
/** Until the code is compiled and every page that is needed has been touched. */
const WARM_UP_UPDATES = 5000;
const MEGABYTE = 2 ** 20;

/** Growth in MB over the updates, after a garbage collection before and after. */
interface Growth {
  readonly resident: number;
  readonly heap: number;
}

export function memoryBenchmarks(): Measurement[] {
  const text = execFileSync(process.execPath, ["--expose-gc", file], { encoding: "utf8" });
  const { resident, heap } = JSON.parse(text) as Growth;
  return [
    { id: "memory-flat", value: resident, unit: "MB more after 100,000 updates, resident", atMost: 1 },
    { id: "memory-flat/heap", value: heap, unit: "MB more after 100,000 updates, heap", atMost: 0.1 },
  ];
}

/** @throws Error when a tensor that can be seen from outside lies elsewhere than in the workspace's one arena. */
function measure(collect: () => void): Growth {
  const { setting } = ppoMinibatch();
  const workspace = openWorkspace();
  const program = setting.open(workspace);
  const tensors = (): Numbers[] => [
    ...program.inputNames.map((name) => program.input(name)),
    ...[...setting.graph.outputs.keys()].map((name) => program.output(name)),
    ...workspace.parameterNames.map((name) => workspace.parameter(name)),
  ];
  const arena = tensors()[0]?.buffer;
  const observation = program.input("observation");
  const batch = observation.slice();
  const update = (count: number) => {
    for (let i = 0; i < count; i++) {
      observation.set(batch);
      program.run();
    }
  };
  const use = () => {
    collect();
    const { rss, heapUsed } = process.memoryUsage();
    return { rss, heapUsed };
  };

  update(WARM_UP_UPDATES);
  const before = use();
  update(UPDATES);
  const after = use();
  if (!tensors().every(({ buffer }) => buffer === arena)) throw new Error("a tensor has left the workspace's arena");
  return { resident: (after.rss - before.rss) / MEGABYTE, heap: (after.heapUsed - before.heapUsed) / MEGABYTE };
}

if (process.argv[1] === file) {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("run it with --expose-gc");
  console.log(JSON.stringify(measure(gc)));
}
