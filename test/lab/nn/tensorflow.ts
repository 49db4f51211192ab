import { createRequire } from "node:module";
import type { Tensorflow } from "../../../lab/nn/tensorflow/site.ts";
import { createTensorflowWorkspace } from "../../../lab/nn/tensorflow/workspace.ts";
import type { Workspace } from "../../../lab/nn/workspace.ts";
import { loadTensorflow, type TensorflowDevice, tensorflowFolder } from "../../../main/platform/tensorflow.ts";

const require = createRequire(import.meta.url);

/** TensorFlow in plain JavaScript: slow, at hand everywhere, the same ops. */
function plainJavascript(): Tensorflow {
  const tf = require("@tensorflow/tfjs-core") as Tensorflow;
  tf.env().set("IS_TEST", true); // no advertisement
  require("@tensorflow/tfjs-backend-cpu");
  return tf;
}

function native(device: string): Tensorflow {
  const folder = tensorflowFolder(device as TensorflowDevice);
  if (folder === undefined) throw new Error(`EDGELOOM_TEST_TENSORFLOW: ${device} is not set up here`);
  return loadTensorflow(folder).module as Tensorflow;
}

const device = process.env.EDGELOOM_TEST_TENSORFLOW;

/** The library under test: in JavaScript, or the native one of the device that EDGELOOM_TEST_TENSORFLOW names. */
export const tf = device === undefined ? plainJavascript() : native(device);

export function tensorflowWorkspace(): Workspace {
  return createTensorflowWorkspace(tf, { build: "under-test" });
}
