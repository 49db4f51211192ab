/**
 * The process that tries a TensorFlow device out, so that the library stays out of the engine: `probe <device>`. Prints
 * the kernel build that a run on it would record, or says on the standard error why it cannot be used (exit code 1).
 */
import type { TensorflowDevice } from "../platform/tensorflow.ts";
import { describeError } from "./describe-error.ts";
import { openTensorflow } from "./tensorflow.ts";

try {
  const { kernelBuild } = openTensorflow(process.argv[2] as TensorflowDevice);
  process.stdout.write(`${kernelBuild}\n`);
} catch (error) {
  process.stderr.write(`${describeError(error).message}\n`);
  process.exitCode = 1;
}
