/** `npm run soak -- --kills 500 [--seed 1] [--no-window]` */
import { parseArgs } from "node:util";
import { soak } from "./kill-and-check.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "500" },
    seed: { type: "string", default: "1" },
    "no-window": { type: "boolean", default: false },
  },
});

const began = performance.now();
const report = await soak({
  kills: Number(values.kills),
  seed: Number(values.seed),
  shell: !values["no-window"],
  log: (line) => console.log(`${((performance.now() - began) / 1000).toFixed(1)} s  ${line}`),
});
for (const fault of report.faults) console.error(fault);
const { trainer, engine, shell } = report.kills;
console.log(
  `${trainer + engine + shell} kills (trainer ${trainer}, engine ${engine}, shell ${shell}), ${report.runs} runs, ` +
    `${report.resumes} resumes, ${report.pointsChecked} points checked, ${report.repeatedPoints} written again, ` +
    `${report.faults.length} faults, ${((performance.now() - began) / 60_000).toFixed(1)} min`,
);
process.exitCode = report.faults.length === 0 ? 0 : 1;
