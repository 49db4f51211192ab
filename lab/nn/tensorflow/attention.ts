import type { AttentionShape, OpKind, Shape } from "../ops.ts";
import { type DeviceTensor, extents, type Site, type TensorflowKernel } from "./site.ts";

type AttentionKinds = Extract<OpKind, `softmax${string}` | `attention${string}`>;

export const attentionKernels: { readonly [K in AttentionKinds]: TensorflowKernel<K> } = {
  softmax(_op, site) {
    const { tf } = site;
    const [rows, width] = extents(site, 0);
    if (site.shapes.length === 1) return (x) => tf.softmax(x);
    const [batch] = extents(site, 1);
    const zero = site.scalar(0);
    const grouped = [batch, rows / batch, width];
    const low = site.fill(grouped, Number.NEGATIVE_INFINITY);
    const zeros = site.fill(grouped, 0);
    return (x, mask) => {
      const values = tf.reshape(x, grouped);
      const repeated = tf.tile(tf.reshape(mask as DeviceTensor, [batch, 1, width]), [1, rows / batch, 1]);
      const keep = tf.notEqual(repeated, zero);
      const maximum = tf.max(tf.where(keep, values, low), 2, true);
      const exponentials = tf.where(keep, tf.exp(tf.sub(values, maximum)), zeros);
      // A row without any allowed value has the sum 0 and stays 0.
      return tf.reshape(tf.divNoNan(exponentials, tf.sum(exponentials, 2, true)), [rows, width]);
    };
  },

  softmaxGradient(_op, { tf }) {
    return (upstream, y) => tf.mul(y, tf.sub(upstream, tf.sum(tf.mul(upstream, y), 1, true)));
  },

  attentionScores(op, site) {
    const { tf } = site;
    const heads = new Heads(site, op, extents(site, 0)[0] / op.queries, extents(site, 0)[1]);
    const factor = site.scalar(op.scale);
    return (queries, keys) => {
      const products = tf.matMul(heads.split(queries, op.queries), heads.split(keys, op.keys), false, true);
      return heads.result(tf.mul(products, factor));
    };
  },

  attentionMix(op, site) {
    const { tf } = site;
    const heads = new Heads(site, op, extents(site, 1)[0] / op.keys, extents(site, 1)[1]);
    const factor = site.scalar(op.scale);
    return (weights, values) =>
      heads.join(tf.mul(tf.matMul(heads.weights(weights), heads.split(values, op.keys)), factor));
  },

  attentionMixTransposed(op, site) {
    const { tf } = site;
    const heads = new Heads(site, op, extents(site, 1)[0] / op.queries, extents(site, 1)[1]);
    const factor = site.scalar(op.scale);
    return (weights, values) =>
      heads.join(tf.mul(tf.matMul(heads.weights(weights), heads.split(values, op.queries), true, false), factor));
  },
};

/** Tokens [B M, D] cut into heads [B, heads, M, D / heads], and back. */
class Heads {
  private readonly site: Site;
  private readonly shape: AttentionShape;
  private readonly batch: number;
  private readonly width: number;

  constructor(site: Site, shape: AttentionShape, batch: number, width: number) {
    this.site = site;
    this.shape = shape;
    this.batch = batch;
    this.width = width;
  }

  split(x: DeviceTensor, tokens: number): DeviceTensor {
    const { tf } = this.site;
    const { heads } = this.shape;
    const size = this.width / heads;
    if (heads === 1) return tf.reshape(x, [this.batch, 1, tokens, size]);
    return tf.transpose(tf.reshape(x, [this.batch, tokens, heads, size]), [0, 2, 1, 3]);
  }

  join(x: DeviceTensor): DeviceTensor {
    const { tf } = this.site;
    return this.result(this.shape.heads === 1 ? x : tf.transpose(x, [0, 2, 1, 3]));
  }

  weights(x: DeviceTensor): DeviceTensor {
    const { heads, queries, keys } = this.shape;
    return this.site.tf.reshape(x, [this.batch, heads, queries, keys]);
  }

  result(x: DeviceTensor): DeviceTensor {
    return this.site.tf.reshape(x, [...(this.site.shape as Shape)]);
  }
}
