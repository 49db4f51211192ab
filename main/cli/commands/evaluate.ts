import type { Command } from "commander";
import type { EvaluationResult } from "../../../preload/contract.ts";
import { absoluteIfPath, setOption, wholeNumber } from "../arguments.ts";
import { optionsOf, withEngine } from "../context.ts";
import { formatCount, formatValue, printJson, printLine, printTable } from "../output.ts";
import { openCounter } from "../progress.ts";

interface EvaluateOptions {
  readonly episodes: number;
  readonly seed: number;
  readonly set: Record<string, string>;
  readonly sample?: boolean;
}

export function addEvaluate(program: Command): void {
  program
    .command("evaluate")
    .summary("play episodes with checkpoints and built-in policies")
    .description(
      "Plays the same worlds with each checkpoint or built-in policy: episode i meets world seed --seed + i, " +
        "whatever the policy. `std` is the sample's standard deviation (n - 1), n the number of episodes.",
    )
    .argument("<subject...>", "a checkpoint (id, path, <run>:last, <run>:best, <run>:<step>) or <scenario>/<policy>")
    .option("--episodes <n>", "episodes a subject", wholeNumber("--episodes", 1, 1_000_000), 100)
    .option("--seed <n>", "world seed of the first episode", wholeNumber("--seed", 0), 1000)
    .addOption(setOption("a parameter of the world"))
    .option("--sample", "draw actions instead of taking the most likely ones")
    .addHelpText(
      "after",
      "\nExample:\n  edgeloom evaluate emulator-tuning/random emulator-tuning/keep-best --episodes 100",
    )
    .action(async (subjects: string[], _options: unknown, command: Command) => {
      const options = optionsOf<EvaluateOptions>(command);
      const { episodes, seed, set, sample } = options;
      const wanted = { subjects: subjects.map(absoluteIfPath), episodes, seed, set, sample: sample === true };
      const counter = openCounter("episodes", options.json === true);
      const results = await withEngine(options, (client) => {
        client.listen("evaluation", ({ done, total }) => counter.move(done, total));
        return client.call("evaluate", wanted);
      }).finally(() => counter.close());
      if (options.json) printJson(results.map(forScripts));
      else printResults(results);
    });
}

function forScripts({ policy, scenario, episodes, metrics }: EvaluationResult) {
  return { policy, scenario, episodes, metrics };
}

/** Greedy or sampled is a choice for checkpoints; a built-in policy is what it is. */
function title({ policy, scenario, actions }: EvaluationResult): string {
  return policy.includes(":") ? `${policy} (${actions})` : `${scenario}/${policy}`;
}

function printResults(results: readonly EvaluationResult[]): void {
  const rows = results.flatMap((result) =>
    Object.entries(result.metrics).map(([metric, { mean, std, n }], i) => ({
      subject: i === 0 ? title(result) : "",
      metric,
      mean,
      std,
      n,
    })),
  );
  printTable(
    rows,
    [
      { title: "policy", cell: (row) => row.subject },
      { title: "metric", cell: (row) => row.metric },
      { title: "mean", cell: (row) => formatValue(row.mean), right: true },
      { title: "std", cell: (row) => formatValue(row.std), right: true },
      { title: "n", cell: (row) => formatCount(row.n), right: true },
    ],
    "no results",
  );
  for (const { policy, kernelBuilds } of results) {
    if (kernelBuilds.length < 2) continue;
    printLine(`${policy} was trained and evaluated on different kernel builds: ${kernelBuilds.join(", ")}`);
  }
}
