import { CLIP_NORM_EPSILON, type OpKind, STANDARDISE_EPSILON } from "../ops.ts";
import { attentionKernels } from "./attention.ts";
import { categoricalKernels } from "./categorical.ts";
import { lossKernels } from "./losses.ts";
import { recurrentKernels } from "./recurrent.ts";
import { type DeviceTensor, extents, type Site, type TensorflowKernel } from "./site.ts";

/** Ops that the workspace itself carries out: they bind or change what outlives a run. */
export type BoundKinds = "input" | "parameter" | "adam" | "polyak";

export type TensorflowKernels = { readonly [K in Exclude<OpKind, BoundKinds>]: TensorflowKernel<K> };

/** Every other op in TensorFlow's own ops, float32. What they compute is said in graph.ts. */
export const tensorflowKernels: TensorflowKernels = {
  ...attentionKernels,
  ...categoricalKernels,
  ...lossKernels,
  ...recurrentKernels,

  fill({ value }, site) {
    const constant = site.fill(site.shape, value);
    return () => constant;
  },

  dense({ activation }, { tf }) {
    const product = (x: DeviceTensor, weight: DeviceTensor, bias: DeviceTensor) => tf.add(tf.matMul(x, weight), bias);
    if (activation === "none") return product;
    return (x, weight, bias) => tf[activation](product(x, weight, bias));
  },
  denseInputGradient:
    (_op, { tf }) =>
    (upstream, weight) =>
      tf.matMul(upstream, weight, false, true),
  denseWeightGradient:
    (_op, { tf }) =>
    (x, upstream) =>
      tf.matMul(x, upstream, true, false),
  denseBiasGradient:
    (_op, { tf }) =>
    (upstream) =>
      tf.sum(upstream, 0),

  activation:
    ({ activation }, { tf }) =>
    (x) =>
      tf[activation](x),
  activationGradient({ activation }, site) {
    const { tf } = site;
    const one = site.scalar(1);
    if (activation === "tanh") return (upstream, y) => tf.mul(upstream, tf.sub(one, tf.square(y)));
    if (activation === "sigmoid") return (upstream, y) => tf.mul(upstream, tf.mul(y, tf.sub(one, y)));
    const zero = site.scalar(0);
    const zeros = site.fill(site.shape, 0);
    return (upstream, y) => tf.where(tf.greater(y, zero), upstream, zeros);
  },

  scale({ factor }, site) {
    const value = site.scalar(factor);
    return (x) => site.tf.mul(x, value);
  },
  add:
    (_op, { tf }) =>
    (a, b) =>
      tf.add(a, b),
  multiply:
    (_op, { tf }) =>
    (a, b) =>
      tf.mul(a, b),
  weightedSum({ weights }, site) {
    const { tf } = site;
    const factors = weights.map((weight) => site.scalar(weight));
    return (...terms) => tf.addN(terms.map((term, index) => tf.mul(term, factors[index] as DeviceTensor)));
  },
  broadcast({ scale }, site) {
    const factors = site.fill(site.shape, scale);
    return (scalar) => site.tf.mul(scalar, factors);
  },
  mean(_op, { tf }) {
    return (x) => tf.reshape(tf.mean(x), [1]);
  },
  standardise(_op, site) {
    const { tf } = site;
    const [count] = site.shape as readonly [number];
    const epsilon = site.scalar(STANDARDISE_EPSILON);
    const freedom = site.scalar(1 / Math.max(1, count - 1));
    return (x) => {
      const centred = tf.sub(x, tf.mean(x, 0, true));
      const variance = tf.mul(tf.sum(tf.square(centred), 0, true), freedom);
      return tf.div(centred, tf.add(tf.sqrt(variance), epsilon));
    };
  },

  reshape:
    (_op, { tf, shape }) =>
    (x) =>
      tf.reshape(x, [...shape]),
  columns({ from }, { tf, shape }) {
    return (x) => tf.slice(x, [0, from], [...shape]);
  },
  padColumns({ from }, site) {
    const after = (site.shape[1] as number) - from - extents(site, 0)[1];
    return (upstream) =>
      site.tf.pad(upstream, [
        [0, 0],
        [from, after],
      ]);
  },
  concatenate:
    (_op, { tf }) =>
    (...parts) =>
      tf.concat(parts, 1),
  sumRows({ count }, site) {
    const [rows, width] = site.shape as readonly [number, number];
    return (x) => site.tf.sum(site.tf.reshape(x, [rows, count, width]), 1);
  },
  repeatRows({ count }, site) {
    const { tf } = site;
    const [rows, width] = extents(site, 0);
    return (x) => tf.reshape(tf.tile(tf.reshape(x, [rows, 1, width]), [1, count, 1]), [...site.shape]);
  },

  embedding(_op, site) {
    const { tf } = site;
    const [entries] = extents(site, 0);
    const [rows] = extents(site, 1);
    const inside = insideTable(site, entries);
    const zeros = site.fill([rows], 0);
    const nans = site.fill(site.shape, Number.NaN);
    return (table, indices) => {
      const valid = inside(indices);
      const found = tf.gather(table, tf.cast(tf.where(valid, indices, zeros), "int32"));
      return tf.where(tf.reshape(valid, [rows, 1]), found, nans);
    };
  },
  embeddingGradient(_op, site) {
    const { tf } = site;
    const [entries] = site.shape as readonly [number, number];
    const [rows] = extents(site, 1);
    const inside = insideTable(site, entries);
    const nowhere = site.fill([rows], -1);
    return (upstream, indices) => {
      const rowsOf = tf.cast(tf.where(inside(indices), indices, nowhere), "int32");
      return tf.unsortedSegmentSum(upstream, rowsOf as DeviceTensor1D, entries);
    };
  },
  selectColumn(_op, site) {
    const { tf } = site;
    const [rows, width] = extents(site, 0);
    const chosen = chosenColumn(site, rows, width);
    const zeros = site.fill([rows, width], 0);
    const nans = site.fill([rows], Number.NaN);
    return (x, indices) => {
      const is = chosen(indices);
      return tf.where(tf.any(is, 1), tf.sum(tf.where(is, x, zeros), 1), nans);
    };
  },
  selectColumnGradient(_op, site) {
    const { tf } = site;
    const [rows, width] = site.shape as readonly [number, number];
    const chosen = chosenColumn(site, rows, width);
    const zeros = site.fill(site.shape, 0);
    return (upstream, indices) => tf.where(chosen(indices), tf.reshape(upstream, [rows, 1]), zeros);
  },

  layerNorm({ epsilon }, site) {
    const { tf } = site;
    const normalise = normalisation(site, epsilon);
    return (x, gain, bias) => tf.add(tf.mul(normalise(x).values, gain), bias);
  },
  layerNormInputGradient({ epsilon }, site) {
    const { tf } = site;
    const normalise = normalisation(site, epsilon);
    return (upstream, x, gain) => {
      const { values, inverse } = normalise(x);
      const scaled = tf.mul(upstream, gain);
      const along = tf.mul(values, tf.mean(tf.mul(scaled, values), 1, true));
      return tf.mul(inverse, tf.sub(tf.sub(scaled, tf.mean(scaled, 1, true)), along));
    };
  },
  layerNormGainGradient({ epsilon }, site) {
    const { tf } = site;
    const normalise = normalisation(site, epsilon);
    return (upstream, x) => tf.sum(tf.mul(upstream, normalise(x).values), 0);
  },

  globalNorm(_op, { tf }) {
    return (...tensors) => tf.reshape(tf.sqrt(tf.addN(tensors.map((tensor) => tf.sum(tf.square(tensor))))), [1]);
  },
  clipByNorm({ maximum }, site) {
    const { tf } = site;
    const [one, epsilon, limit] = [site.scalar(1), site.scalar(CLIP_NORM_EPSILON), site.scalar(maximum)];
    return (x, norm) => tf.mul(x, tf.minimum(one, tf.div(limit, tf.add(norm, epsilon))));
  },
};

/** tfjs asks for a tensor of rank 1 by type. */
type DeviceTensor1D = ReturnType<Site["tf"]["tensor1d"]>;

/** Whether each index names one of `entries` rows. */
function insideTable(site: Site, entries: number): (indices: DeviceTensor) => DeviceTensor {
  const { tf } = site;
  const [first, end] = [site.scalar(0), site.scalar(entries)];
  return (indices) => tf.logicalAnd(tf.greaterEqual(indices, first), tf.less(indices, end));
}

/** Whether a column is the one that its row's index names, [rows, width]. */
function chosenColumn(site: Site, rows: number, width: number): (indices: DeviceTensor) => DeviceTensor {
  const numbers = site.constant(
    [1, width],
    Array.from({ length: width }, (_, column) => column),
  );
  return (indices) => site.tf.equal(site.tf.reshape(indices, [rows, 1]), numbers);
}

/** (x - mean) / sqrt(variance + epsilon) a row, and 1 / sqrt(variance + epsilon). */
function normalisation(site: Site, epsilon: number) {
  const { tf } = site;
  const small = site.scalar(epsilon);
  return (x: DeviceTensor) => {
    const centred = tf.sub(x, tf.mean(x, 1, true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), small));
    return { values: tf.mul(centred, inverse), inverse };
  };
}
