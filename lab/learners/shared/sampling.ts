import type { Numbers } from "../../nn/workspace.ts";
import type { RandomStream } from "../../random.ts";

/** Numbers from `offset` on; a mask is undefined where every option is allowed. */
type Mask = Float32Array | undefined;

function allowed(mask: Mask, index: number): boolean {
  return mask === undefined || mask[index] !== 0;
}

/**
 * Draws one option a head from the softmax of its logits (heads one after another, from `offset` on) and writes the
 * option indices from `to` on. Forbidden options are never drawn.
 *
 * @throws RangeError when a head has no allowed option.
 */
export function sampleOptions(
  logits: Numbers,
  offset: number,
  choices: readonly number[],
  mask: Mask,
  maskOffset: number,
  stream: RandomStream,
  actions: Float32Array,
  to: number,
): void {
  let base = 0;
  for (let head = 0; head < choices.length; head++) {
    const count = choices[head] as number;
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      if (!allowed(mask, maskOffset + base + i)) continue;
      const logit = logits[offset + base + i] as number;
      if (logit > largest) largest = logit;
    }
    let total = 0;
    for (let i = 0; i < count; i++) {
      if (allowed(mask, maskOffset + base + i)) total += Math.exp((logits[offset + base + i] as number) - largest);
    }
    const threshold = stream.uniform() * total;
    let chosen = -1;
    let cumulative = 0;
    for (let i = 0; i < count; i++) {
      if (!allowed(mask, maskOffset + base + i)) continue;
      chosen = i;
      cumulative += Math.exp((logits[offset + base + i] as number) - largest);
      if (cumulative >= threshold) break;
    }
    if (chosen < 0) throw new RangeError(`no option of action head ${head} is allowed`);
    actions[to + head] = chosen;
    base += count;
  }
}

/** As {@link sampleOptions}, but the most likely allowed option of each head; the first of equals. */
export function likeliestOptions(
  logits: Numbers,
  offset: number,
  choices: readonly number[],
  mask: Mask,
  maskOffset: number,
  actions: Float32Array,
  to: number,
): void {
  let base = 0;
  for (let head = 0; head < choices.length; head++) {
    const count = choices[head] as number;
    let chosen = -1;
    for (let i = 0; i < count; i++) {
      if (!allowed(mask, maskOffset + base + i)) continue;
      if (chosen < 0 || (logits[offset + base + i] as number) > (logits[offset + base + chosen] as number)) chosen = i;
    }
    if (chosen < 0) throw new RangeError(`no option of action head ${head} is allowed`);
    actions[to + head] = chosen;
    base += count;
  }
}

/** Draws from independent Gaussians with mean `mean[offset + i]` and standard deviation exp(`logStd[i]`). */
export function sampleGaussians(
  mean: Numbers,
  offset: number,
  logStd: Numbers,
  stream: RandomStream,
  actions: Float32Array,
  to: number,
): void {
  for (let i = 0; i < logStd.length; i++) {
    actions[to + i] = (mean[offset + i] as number) + Math.exp(logStd[i] as number) * stream.normal();
  }
}
