/**
 * `npm run setup:tensorflow`: the optional TensorFlow for the processor, built from what package registries have. Runs
 * with whatever Node npm has, and again at no cost.
 */
import { main } from "./common.mjs";
import { continueOnNode24 } from "./setup/node.mjs";

await main(async () => {
  continueOnNode24();
  const { ensureTensorflowForProcessor } = await import("./setup/tensorflow-cpu.mjs");
  await ensureTensorflowForProcessor();
});
