import { MASKED_LOGIT, type OpKind } from "../ops.ts";
import { type DeviceTensor, extents, type Site, type TensorflowKernel } from "./site.ts";

/** Neighbouring heads with equally many options: computed together as [B, heads, options]. */
interface Group {
  /** First head and first column. */
  readonly head: number;
  readonly column: number;
  readonly heads: number;
  readonly options: number;
}

function groupsOf(choices: readonly number[]): Group[] {
  const groups: Group[] = [];
  let column = 0;
  choices.forEach((options, head) => {
    const last = groups.at(-1);
    if (last?.options === options) groups[groups.length - 1] = { ...last, heads: last.heads + 1 };
    else groups.push({ head, column, heads: 1, options });
    column += options;
  });
  return groups;
}

/** The heads of [B, sum(choices)], group by group. */
class Heads {
  private readonly site: Site;
  private readonly batch: number;
  private readonly groups: readonly Group[];

  constructor(site: Site, batch: number, choices: readonly number[]) {
    this.site = site;
    this.batch = batch;
    this.groups = groupsOf(choices);
  }

  /** One value a group, made when the graph is compiled. */
  each<T>(make: (batch: number, group: Group) => T): T[] {
    return this.groups.map((group) => make(this.batch, group));
  }

  /** Options of all heads [B, sum(choices)] as [B, heads, options] a group. */
  options(x: DeviceTensor): DeviceTensor[] {
    return this.groups.map(({ column, heads, options }) =>
      this.part(x, column, heads * options, [this.batch, heads, options]),
    );
  }

  /** One value a head [B, heads] as [B, heads, 1] a group. */
  heads(x: DeviceTensor): DeviceTensor[] {
    return this.groups.map(({ head, heads }) => this.part(x, head, heads, [this.batch, heads, 1]));
  }

  /** The inverse of {@link options}. */
  join(parts: DeviceTensor[]): DeviceTensor {
    const { tf } = this.site;
    const flat = parts.map((part, index) => {
      const { heads, options } = this.groups[index] as Group;
      return tf.reshape(part, [this.batch, heads * options]);
    });
    return flat.length === 1 ? (flat[0] as DeviceTensor) : tf.concat(flat, 1);
  }

  /** Sum of all values of a row -> [B]. */
  total(parts: DeviceTensor[]): DeviceTensor {
    const { tf } = this.site;
    const sums = parts.map((part) => tf.sum(part, [1, 2]));
    return sums.length === 1 ? (sums[0] as DeviceTensor) : tf.addN(sums);
  }

  private part(x: DeviceTensor, from: number, count: number, shape: [number, number, number]): DeviceTensor {
    const { tf } = this.site;
    const whole = count === x.shape[1];
    return tf.reshape(whole ? x : tf.slice(x, [0, from], [this.batch, count]), shape);
  }
}

/** Sets masked options of [B, heads, options] to a value; without a mask it changes nothing. */
function masking(site: Site, heads: Heads, value: number) {
  const { tf } = site;
  const filled = heads.each((batch, group) => site.fill([batch, group.heads, group.options], value));
  const zero = site.scalar(0);
  return (parts: DeviceTensor[], mask: DeviceTensor | undefined): DeviceTensor[] => {
    if (mask === undefined) return parts;
    const masks = heads.options(mask);
    return parts.map((part, index) =>
      tf.where(tf.notEqual(masks[index] as DeviceTensor, zero), part, filled[index] as DeviceTensor),
    );
  };
}

type CategoricalKinds = Extract<OpKind, "logSoftmax" | `categorical${string}`>;

export const categoricalKernels: { readonly [K in CategoricalKinds]: TensorflowKernel<K> } = {
  logSoftmax({ choices }, site) {
    const heads = new Heads(site, extents(site, 0)[0], choices);
    const masked = masking(site, heads, MASKED_LOGIT);
    const { tf } = site;
    return (logits, mask?) => heads.join(masked(heads.options(logits), mask).map((part) => tf.logSoftmax(part)));
  },

  categoricalLogProbability({ choices }, site) {
    const heads = new Heads(site, extents(site, 0)[0], choices);
    const { tf } = site;
    const chosen = chosenOptions(site, heads);
    const zeros = heads.each((batch, group) => site.fill([batch, group.heads, group.options], 0));
    const nans = heads.each((batch, group) => site.fill([batch, group.heads, 1], Number.NaN));
    return (logSoftmax, actions) => {
      const is = chosen(actions);
      const values = heads.options(logSoftmax).map((part, index) => {
        const mine = is[index] as DeviceTensor;
        const value = tf.sum(tf.where(mine, part, zeros[index] as DeviceTensor), 2, true);
        // An index outside its head chooses nothing.
        return tf.where(tf.any(mine, 2, true), value, nans[index] as DeviceTensor);
      });
      return heads.total(values);
    };
  },

  categoricalEntropy({ choices }, site) {
    const heads = new Heads(site, extents(site, 0)[0], choices);
    const terms = entropyTerms(site, heads);
    return (logSoftmax, mask?) => site.tf.neg(heads.total(terms(heads.options(logSoftmax), mask)));
  },

  categoricalKl({ choices }, site) {
    const { tf } = site;
    const heads = new Heads(site, extents(site, 0)[0], choices);
    return (old, now) => heads.total(heads.options(tf.mul(tf.exp(old), tf.sub(old, now))));
  },

  categoricalLogProbabilityGradient({ choices }, site) {
    const { tf } = site;
    const [batch] = extents(site, 1);
    const heads = new Heads(site, batch, choices);
    const chosen = chosenOptions(site, heads);
    const masked = masking(site, heads, 0);
    return (upstream, logSoftmax, actions, mask?) => {
      const rows = tf.reshape(upstream, [batch, 1, 1]);
      const is = chosen(actions);
      const slopes = heads
        .options(logSoftmax)
        .map((part, index) => tf.mul(rows, tf.sub(tf.cast(is[index] as DeviceTensor, "float32"), tf.exp(part))));
      return heads.join(masked(slopes, mask));
    };
  },

  categoricalEntropyGradient({ choices }, site) {
    const { tf } = site;
    const [batch] = extents(site, 1);
    const heads = new Heads(site, batch, choices);
    const terms = entropyTerms(site, heads);
    const masked = masking(site, heads, 0);
    return (upstream, logSoftmax, mask?) => {
      const rows = tf.reshape(upstream, [batch, 1, 1]);
      const parts = heads.options(logSoftmax);
      const perOption = terms(parts, mask);
      const slopes = parts.map((part, index) => {
        const negative = tf.sum(perOption[index] as DeviceTensor, 2, true);
        return tf.mul(rows, tf.mul(tf.exp(part), tf.sub(negative, part)));
      });
      return heads.join(masked(slopes, mask));
    };
  },

  categoricalKlGradient({ choices }, site) {
    const { tf } = site;
    const [batch] = extents(site, 1);
    const heads = new Heads(site, batch, choices);
    return (upstream, old, now) => {
      const slopes = heads.options(tf.sub(tf.exp(now), tf.exp(old)));
      return heads.join(slopes.map((slope) => tf.mul(tf.reshape(upstream, [batch, 1, 1]), slope)));
    };
  },
};

/** Whether an option is the one that its head's action names, [B, heads, options] a group. */
function chosenOptions(site: Site, heads: Heads): (actions: DeviceTensor) => DeviceTensor[] {
  const numbers = heads.each((_batch, { options }) =>
    site.constant(
      [1, 1, options],
      Array.from({ length: options }, (_, option) => option),
    ),
  );
  return (actions) =>
    heads.heads(actions).map((action, index) => site.tf.equal(action, numbers[index] as DeviceTensor));
}

/** p log p of each option, 0 where it is masked. */
function entropyTerms(site: Site, heads: Heads) {
  const { tf } = site;
  const masked = masking(site, heads, 0);
  return (parts: DeviceTensor[], mask: DeviceTensor | undefined): DeviceTensor[] =>
    masked(
      parts.map((part) => tf.mul(tf.exp(part), part)),
      mask,
    );
}
