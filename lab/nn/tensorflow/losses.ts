import type { OpKind } from "../ops.ts";
import { type DeviceTensor, extents, type Site, type TensorflowKernel } from "./site.ts";

type LossKinds = Extract<
  OpKind,
  | `gaussian${string}`
  | `clip${"pedSurrogate" | "pedSurrogateGradient" | "Fraction"}`
  | "approximateKl"
  | `huber${string}`
  | `squaredError${string}`
  | `squash${string}`
  | `simplex${string}`
>;

const LOG_2_PI = Math.log(2 * Math.PI);

export const lossKernels: { readonly [K in LossKinds]: TensorflowKernel<K> } = {
  gaussianLogProbability(_op, site) {
    const { tf } = site;
    const [half, constant] = [site.scalar(-0.5), site.scalar(0.5 * LOG_2_PI)];
    return (mean, logStd, actions) => {
      const z = tf.div(tf.sub(actions, mean), tf.exp(logStd));
      return tf.sum(tf.sub(tf.mul(half, tf.square(z)), tf.add(logStd, constant)), 1);
    };
  },

  gaussianEntropy(_op, site) {
    const { tf } = site;
    const constant = site.scalar(0.5 * (LOG_2_PI + 1));
    return (logStd) => tf.sum(tf.add(logStd, constant), 0, true);
  },

  gaussianKl(_op, site) {
    const { tf } = site;
    const [half, two] = [site.scalar(0.5), site.scalar(2)];
    return (oldMean, oldLogStd, mean, logStd) => {
      const spread = tf.add(tf.exp(tf.mul(two, oldLogStd)), tf.square(tf.sub(oldMean, mean)));
      const quadratic = tf.mul(half, tf.div(spread, tf.exp(tf.mul(two, logStd))));
      return tf.sum(tf.add(tf.sub(logStd, oldLogStd), tf.sub(quadratic, half)), 1);
    };
  },

  gaussianMeanGradient(_op, site) {
    const { tf } = site;
    const [batch] = extents(site, 1);
    const two = site.scalar(2);
    return (upstream, mean, logStd, actions) =>
      tf.div(tf.mul(tf.reshape(upstream, [batch, 1]), tf.sub(actions, mean)), tf.exp(tf.mul(two, logStd)));
  },

  gaussianLogStdGradient(_op, site) {
    const { tf } = site;
    const [batch] = extents(site, 1);
    const one = site.scalar(1);
    return (upstream, mean, logStd, actions) => {
      const z = tf.div(tf.sub(actions, mean), tf.exp(logStd));
      return tf.sum(tf.mul(tf.reshape(upstream, [batch, 1]), tf.sub(tf.square(z), one)), 0);
    };
  },

  gaussianKlMeanGradient(_op, site) {
    const { tf } = site;
    const [batch] = extents(site, 1);
    const two = site.scalar(2);
    return (upstream, oldMean, mean, logStd) =>
      tf.div(tf.mul(tf.reshape(upstream, [batch, 1]), tf.sub(mean, oldMean)), tf.exp(tf.mul(two, logStd)));
  },

  gaussianKlLogStdGradient(_op, site) {
    const { tf } = site;
    const [batch] = extents(site, 1);
    const [one, two] = [site.scalar(1), site.scalar(2)];
    return (upstream, oldMean, oldLogStd, mean, logStd) => {
      const spread = tf.add(tf.exp(tf.mul(two, oldLogStd)), tf.square(tf.sub(oldMean, mean)));
      const slope = tf.sub(one, tf.div(spread, tf.exp(tf.mul(two, logStd))));
      return tf.sum(tf.mul(tf.reshape(upstream, [batch, 1]), slope), 0);
    };
  },

  clippedSurrogate({ clip }, site) {
    const { tf } = site;
    const terms = surrogateTerms(site, clip);
    return (logProbability, old, advantage) => {
      const [free, clipped] = terms(logProbability, old, advantage);
      return tf.neg(tf.mean(tf.minimum(free, clipped), 0, true));
    };
  },

  // The gradient passes where the unclipped term is the smaller one.
  clippedSurrogateGradient({ clip }, site) {
    const { tf, shape } = site;
    const terms = surrogateTerms(site, clip);
    const zeros = site.fill(shape, 0);
    const factor = site.scalar(-1 / (shape[0] as number));
    return (upstream, logProbability, old, advantage) => {
      const [free, clipped] = terms(logProbability, old, advantage);
      return tf.where(tf.lessEqual(free, clipped), tf.mul(tf.mul(upstream, factor), free), zeros);
    };
  },

  approximateKl(_op, { tf }) {
    return (logProbability, old) => {
      const logRatio = tf.sub(logProbability, old);
      return tf.mean(tf.sub(tf.expm1(logRatio), logRatio), 0, true);
    };
  },

  clipFraction({ clip }, site) {
    const { tf } = site;
    const limit = site.scalar(clip);
    return (logProbability, old) => {
      const outside = tf.greater(tf.abs(tf.expm1(tf.sub(logProbability, old))), limit);
      return tf.mean(tf.cast(outside, "float32"), 0, true);
    };
  },

  squaredError(_op, site) {
    const { tf } = site;
    const error = errorOf(site, 0);
    return (prediction, target) => tf.mean(tf.square(error(prediction, target)), 0, true);
  },

  squaredErrorGradient(_op, site) {
    const { tf, shape } = site;
    const error = errorOf(site, 1);
    const factor = site.scalar(2 / (shape[0] as number));
    return (upstream, prediction, target) => asShape(site, tf.mul(tf.mul(upstream, factor), error(prediction, target)));
  },

  // With m = min(|e|, delta) both branches are m (|e| - m / 2).
  huber({ delta }, site) {
    const { tf } = site;
    const error = errorOf(site, 0);
    const [half, limit] = [site.scalar(0.5), site.scalar(delta)];
    return (prediction, target) => {
      const distance = tf.abs(error(prediction, target));
      const inner = tf.minimum(distance, limit);
      return tf.mean(tf.mul(inner, tf.sub(distance, tf.mul(half, inner))), 0, true);
    };
  },

  huberGradient({ delta }, site) {
    const { tf, shape } = site;
    const error = errorOf(site, 1);
    const factor = site.scalar(1 / (shape[0] as number));
    return (upstream, prediction, target) =>
      asShape(site, tf.mul(tf.mul(upstream, factor), tf.clipByValue(error(prediction, target), -delta, delta)));
  },

  // log(1 - tanh(u)^2) = 2 (log 2 - u - softplus(-2 u))
  squashLogDeterminant(_op, site) {
    const { tf } = site;
    const [two, log2] = [site.scalar(2), site.scalar(Math.LN2)];
    return (raw) => {
      const terms = tf.sub(tf.sub(log2, raw), tf.softplus(tf.neg(tf.mul(two, raw))));
      return tf.mul(two, tf.sum(terms, 1));
    };
  },

  squashLogDeterminantGradient(_op, site) {
    const { tf } = site;
    const [batch] = extents(site, 1);
    const factor = site.scalar(-2);
    return (upstream, raw) => tf.mul(tf.mul(factor, tf.reshape(upstream, [batch, 1])), tf.tanh(raw));
  },

  // log x_i = u_i - log sum exp, over the A given logits and a last one of 0.
  simplexLogDeterminant(_op, site) {
    const { tf } = site;
    const [batch] = extents(site, 0);
    const last = site.fill([batch, 1], 0);
    return (raw) => tf.sum(tf.logSoftmax(tf.concat([raw, last], 1)), 1);
  },

  simplexLogDeterminantGradient(_op, site) {
    const { tf } = site;
    const [batch, width] = extents(site, 1);
    const last = site.fill([batch, 1], 0);
    const [one, count] = [site.scalar(1), site.scalar(width + 1)];
    return (upstream, raw) => {
      const fractions = tf.slice(tf.softmax(tf.concat([raw, last], 1)), [0, 0], [batch, width]);
      return tf.mul(tf.reshape(upstream, [batch, 1]), tf.sub(one, tf.mul(count, fractions)));
    };
  },
};

/** The two terms of PPO's loss a row: ratio times advantage, free and clipped. */
function surrogateTerms({ tf }: Site, clip: number) {
  return (logProbability: DeviceTensor, old: DeviceTensor, advantage: DeviceTensor) => {
    const ratio = tf.exp(tf.sub(logProbability, old));
    const clipped = tf.clipByValue(ratio, 1 - clip, 1 + clip);
    return [tf.mul(ratio, advantage), tf.mul(clipped, advantage)] as const;
  };
}

/** prediction - target [B] for a prediction [B] or [B, 1]; `first` is the prediction's place among the operands. */
function errorOf({ tf, shapes }: Site, first: number) {
  const rows = shapes[first + 1] as readonly [number];
  const column = shapes[first]?.length === 2;
  return (prediction: DeviceTensor, target: DeviceTensor): DeviceTensor =>
    tf.sub(column ? tf.reshape(prediction, [...rows]) : prediction, target);
}

function asShape({ tf, shape }: Site, x: DeviceTensor): DeviceTensor {
  return shape.length === x.rank ? x : tf.reshape(x, [...shape]);
}
