/**
 * The work `mlp-5x700-b256` in TensorFlow.js on its WebAssembly backend (SIMD, one thread), by the protocol of
 * server.py.
 */
import readline from "node:readline";
import { version_wasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";

const CHECKED_UPDATES = 3;

tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
if (!(await tf.setBackend("wasm"))) throw new Error("TensorFlow.js has no WebAssembly backend here");
if (!(await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT"))) throw new Error("no WebAssembly SIMD here");

// The core package registers no gradients. These cost less than those of the full package, which computes product,
// bias and activation one by one when it is to differentiate them.
const dense = (activation) =>
  tf.customGrad((x, weight, bias, save) => {
    const y = tf.fused.matMul({ a: x, b: weight, bias, activation });
    save([x, weight, y]);
    const gradFunc = (upstream, [x, weight, y]) => {
      const gradient = activation === "relu" ? tf.mul(upstream, tf.step(y)) : upstream;
      return [tf.matMul(gradient, weight, false, true), tf.matMul(x, gradient, true, false), tf.sum(gradient, 0)];
    };
    return { value: y, gradFunc };
  });
const layerOf = { relu: dense("relu"), linear: dense("linear") };

const meanSquaredError = tf.customGrad((y, target, save) => {
  const error = tf.sub(y, target);
  save([error]);
  // The target is a constant: nothing asks for its gradient.
  const gradFunc = (upstream, [error]) => [tf.mul(upstream, tf.mul(error, 2 / error.size)), tf.zerosLike(error)];
  return { value: tf.mean(tf.square(error)), gradFunc };
});

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

function tensor({ shape, data }) {
  const bytes = Uint8Array.from(Buffer.from(data, "base64"));
  return tf.tensor(new Float32Array(bytes.buffer), shape);
}

/** Hidden layers of ReLU units and a linear one, mean squared error, Adam. Answers the loss before the update. */
function mlp(parameters, inputs) {
  const layers = Object.keys(parameters).length / 2;
  const variable = (layer, kind) => tf.variable(tensor(parameters[`mlp/${layer}/${kind}`]));
  const weights = Array.from({ length: layers }, (_, layer) => variable(layer, "weight"));
  const biases = Array.from({ length: layers }, (_, layer) => variable(layer, "bias"));
  const x = tensor(inputs.x);
  const target = tf.reshape(tensor(inputs.target), [x.shape[0], -1]);
  const adam = tf.train.adam(3e-4, 0.9, 0.999, 1e-5);
  const loss = () => {
    let y = x;
    for (let layer = 0; layer < layers; layer++) {
      y = layerOf[layer < layers - 1 ? "relu" : "linear"](y, weights[layer], biases[layer]);
    }
    return meanSquaredError(y, target);
  };
  return () => adam.minimize(loss, true);
}

function read(cost) {
  const [value] = cost.dataSync();
  cost.dispose();
  return value;
}

function measure(update, repeats) {
  const start = performance.now();
  let last;
  for (let i = 0; i < repeats; i++) {
    last?.dispose();
    last = update();
  }
  const milliseconds = (performance.now() - start) / repeats;
  return { milliseconds, value: read(last) };
}

say({ versions: { "tfjs-wasm": version_wasm }, threads: 1 });
let update;
for await (const line of readline.createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  try {
    if (request.load !== undefined) {
      update = mlp(request.parameters, request.inputs);
      say({});
    } else if (request.check) {
      say({ values: Array.from({ length: CHECKED_UPDATES }, () => read(update())) });
    } else {
      say(measure(update, request.repeats));
    }
  } catch (error) {
    say({ error: error.stack });
  }
}
