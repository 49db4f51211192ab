/** One seed of one check in a process of its own: `node test/learning/run.ts <check> <seed>` prints its outcome as JSON. */
import { checks } from "./checks.ts";

const [id, seed] = process.argv.slice(2);
const check = checks.find((each) => each.id === id);
if (!check) throw new Error(`no check "${id}"`);
const start = performance.now();
const outcome = check.run(Number(seed));
console.log(JSON.stringify({ ...outcome, seconds: (performance.now() - start) / 1000 }));
