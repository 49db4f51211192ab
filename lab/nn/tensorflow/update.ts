import type { OpOf } from "../ops.ts";
import type { OptimiserState } from "../store.ts";
import type { Mirror } from "./mirror.ts";
import type { DeviceTensor, Tensorflow } from "./site.ts";

/** What an update changes: the parameter and, for Adam, its moments. */
export interface Updated {
  readonly parameter: Mirror;
  readonly shape: readonly number[];
}

export interface Moved extends Updated {
  readonly first: Mirror;
  readonly second: Mirror;
}

/**
 * One step of Adam, AdamW with a weight decay. The factors of the step's number are worked out in float64; means are
 * updated as mean + (1 - beta) (value - mean), which rounds one constant instead of two.
 */
export function bindAdam(
  tf: Tensorflow,
  { options: { beta1, beta2, epsilon, weightDecay = 0 } }: OpOf<"adam">,
  { step }: OptimiserState,
  moved: readonly Moved[],
): (operands: readonly DeviceTensor[]) => void {
  return ([rate, ...pairs]) => {
    const t = (step[0] as number) + 1;
    step[0] = t;
    // Both sides of m / (sqrt(v) / correction + epsilon) times the correction, which saves a product a parameter.
    const correction = Math.sqrt(1 - beta2 ** t);
    const stepSize = tf.mul(rate as DeviceTensor, tf.scalar(correction / (1 - beta1 ** t)));
    const decay = tf.mul(rate as DeviceTensor, tf.scalar(weightDecay));
    const [towards1, towards2, small] = [tf.scalar(1 - beta1), tf.scalar(1 - beta2), tf.scalar(epsilon * correction)];
    moved.forEach(({ parameter, shape, first, second }, index) => {
      const gradient = pairs[2 * index + 1] as DeviceTensor;
      const values = parameter.onDevice(shape);
      const m = approach(tf, first.onDevice(shape), gradient, towards1);
      const v = approach(tf, second.onDevice(shape), tf.square(gradient), towards2);
      const denominator = tf.add(tf.sqrt(v), small);
      const kept = weightDecay === 0 ? values : tf.sub(values, tf.mul(decay, values));
      first.replace(m);
      second.replace(v);
      parameter.replace(tf.sub(kept, tf.div(tf.mul(stepSize, m), denominator)));
    });
  };
}

/** rate * source + (1 - rate) * target, which is the source itself when the rate is 1. */
export function bindPolyak(tf: Tensorflow, updated: readonly Updated[]): (operands: readonly DeviceTensor[]) => void {
  return ([rate, ...pairs]) => {
    const rest = tf.sub(1, rate as DeviceTensor);
    updated.forEach(({ parameter, shape }, index) => {
      const source = tf.mul(rate as DeviceTensor, pairs[2 * index + 1] as DeviceTensor);
      parameter.replace(tf.add(source, tf.mul(rest, parameter.onDevice(shape))));
    });
  };
}

function approach(tf: Tensorflow, mean: DeviceTensor, value: DeviceTensor, share: DeviceTensor): DeviceTensor {
  return tf.add(mean, tf.mul(tf.sub(value, mean), share));
}
