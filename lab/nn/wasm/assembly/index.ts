// Runs a program: a list of instructions in memory, written once by lower.ts. One call from JavaScript runs them all.

import * as attention from "./attention";
import * as categorical from "./categorical";
import { arrive, awaitProgram, begin, gather, isBroken, partOf } from "./crew";
import * as determinants from "./determinants";
import * as divergence from "./divergence";
import { activate, activation, activationGradient, add, broadcast, fill, multiply, scale } from "./elementwise";
import * as gaussian from "./gaussian";
import { affine, biasGradient, inputGradient, weightGradient } from "./gemm";
import * as losses from "./losses";
import * as normalise from "./normalise";
import * as op from "./opcodes";
import * as packed from "./packed";
import * as recurrent from "./recurrent";
import { copyColumns, padColumns, repeatRows, sumRows } from "./rows";
import * as simd from "./simd";
import * as tables from "./tables";
import { adam, adamStep, clipByNorm, globalNorm, polyak } from "./update";

/** First address that the kernels do not use themselves. */
export const arenaStart: usize = __heap_base;

/** Argument `index` of an instruction as an address or a whole number. */
// @ts-ignore: decorator
@inline
function at(instruction: usize, index: usize): usize {
  return load<u32>(instruction + (index << 2));
}

// @ts-ignore: decorator
@inline
function whole(instruction: usize, index: usize): i32 {
  return load<i32>(instruction + (index << 2));
}

// @ts-ignore: decorator
@inline
function real(instruction: usize, index: usize): f32 {
  return load<f32>(instruction + (index << 2));
}

/**
 * Runs one worker's part of the instructions from `from` up to `end`; each worker has `scratch` bytes of scratch memory
 * behind those of the worker before. Without a `crew` workers do not meet. False when the crew broke up.
 */
function execute(from: usize, end: usize, crew: usize, worker: i32, workers: i32, scratch: usize): bool {
  const shift = <usize>worker * scratch;
  for (let i = from; i < end; i += op.INSTRUCTION_WORDS * 4) {
    let first = 0, last = whole(i, op.COUNT);
    if (workers > 1) {
      if (crew && whole(i, op.MEET) && !arrive(crew) && !gather(crew)) return false;
      const unit = whole(i, op.UNIT);
      if (unit) {
        first = partOf(last, unit, worker, workers);
        last = partOf(last, unit, worker + 1, workers);
        if (first == last) continue;
      } else if (worker) {
        continue;
      }
    }
    const n = last - first;
    const offset = <usize>first << 2;
    switch (load<i32>(i)) {
      case op.FILL: fill(at(i, 1), real(i, 2), whole(i, 3)); break;
      case op.DENSE: {
        const width = whole(i, 5), columns = whole(i, 6);
        const x = at(i, 1) + <usize>first * (<usize>width << 2), y = at(i, 4) + <usize>first * (<usize>columns << 2);
        if (whole(i, 8)) packed.affine(x, at(i, 2), at(i, 3), y, n, width, columns, at(i, 9) + shift);
        else affine(x, at(i, 2), at(i, 3), y, n, width, columns, at(i, 9) + shift);
        activate(whole(i, 7), y, n * columns);
        break;
      }
      case op.LOG_SOFTMAX:
        categorical.logSoftmax(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), at(i, 5), whole(i, 6));
        break;
      case op.CATEGORICAL_LOG_PROBABILITY:
        categorical.logProbability(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), at(i, 5), whole(i, 6));
        break;
      case op.CATEGORICAL_ENTROPY:
        categorical.entropy(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), at(i, 5), whole(i, 6));
        break;
      case op.GAUSSIAN_LOG_PROBABILITY:
        gaussian.logProbability(at(i, 1), at(i, 2), at(i, 3), at(i, 4), whole(i, 5), whole(i, 6));
        break;
      case op.GAUSSIAN_ENTROPY: gaussian.entropy(at(i, 1), at(i, 2), whole(i, 3)); break;
      case op.STANDARDISE: losses.standardise(at(i, 1), at(i, 2), whole(i, 3)); break;
      case op.CLIPPED_SURROGATE:
        losses.clippedSurrogate(at(i, 1), at(i, 2), at(i, 3), real(i, 4), at(i, 5), whole(i, 6));
        break;
      case op.APPROXIMATE_KL: losses.approximateKl(at(i, 1), at(i, 2), at(i, 3), whole(i, 4)); break;
      case op.CLIP_FRACTION:
        losses.clipFraction(at(i, 1), at(i, 2), real(i, 3), at(i, 4), whole(i, 5));
        break;
      case op.SQUARED_ERROR: losses.squaredError(at(i, 1), at(i, 2), at(i, 3), whole(i, 4)); break;
      case op.MEAN: losses.mean(at(i, 1), at(i, 2), whole(i, 3)); break;
      case op.WEIGHTED_SUM: losses.weightedSum(at(i, 1), at(i, 2), whole(i, 3)); break;
      case op.ACTIVATION_GRADIENT:
        activationGradient(whole(i, 1), at(i, 2) + offset, at(i, 3) + offset, at(i, 4) + offset, n);
        break;
      case op.DENSE_INPUT_GRADIENT: {
        const width = whole(i, 4), columns = whole(i, 5);
        const dz = at(i, 1) + <usize>first * (<usize>columns << 2), dx = at(i, 3) + <usize>first * (<usize>width << 2);
        if (whole(i, 6)) packed.inputGradient(dz, at(i, 2), dx, n, width, columns, at(i, 7) + shift);
        else inputGradient(dz, at(i, 2), dx, n, width, columns, at(i, 7) + shift);
        break;
      }
      case op.DENSE_WEIGHT_GRADIENT: {
        let x = at(i, 1), dz = at(i, 2), to = at(i, 3), width = whole(i, 5), columns = whole(i, 6);
        const xStride = <usize>width << 2, stride = <usize>columns << 2;
        if (whole(i, 8)) {
          x += offset;
          to += <usize>first * stride;
          width = n;
        } else {
          dz += offset;
          to += offset;
          columns = n;
        }
        const batch = whole(i, 4), part = whole(i, 7), room = at(i, 10) + shift;
        if (whole(i, 9)) packed.weightGradient(x, xStride, dz, to, stride, batch, width, columns, part, room);
        else weightGradient(x, xStride, dz, to, stride, batch, width, columns, part, room);
        break;
      }
      case op.DENSE_BIAS_GRADIENT:
        biasGradient(at(i, 1) + offset, <usize>whole(i, 4) << 2, at(i, 2) + offset, whole(i, 3), n, whole(i, 5));
        break;
      case op.CATEGORICAL_LOG_PROBABILITY_GRADIENT:
        categorical.logProbabilityGradient(
          at(i, 1), at(i, 2), at(i, 3), at(i, 4), at(i, 5), whole(i, 6), at(i, 7), whole(i, 8),
        );
        break;
      case op.CATEGORICAL_ENTROPY_GRADIENT:
        categorical.entropyGradient(at(i, 1), at(i, 2), at(i, 3), at(i, 4), whole(i, 5), at(i, 6), whole(i, 7));
        break;
      case op.GAUSSIAN_MEAN_GRADIENT:
        gaussian.meanGradient(at(i, 1), at(i, 2), at(i, 3), at(i, 4), at(i, 5), whole(i, 6), whole(i, 7));
        break;
      case op.GAUSSIAN_LOG_STD_GRADIENT:
        gaussian.logStdGradient(at(i, 1), at(i, 2), at(i, 3), at(i, 4), at(i, 5), whole(i, 6), whole(i, 7));
        break;
      case op.CLIPPED_SURROGATE_GRADIENT:
        losses.clippedSurrogateGradient(at(i, 1), at(i, 2), at(i, 3), at(i, 4), real(i, 5), at(i, 6), whole(i, 7));
        break;
      case op.SQUARED_ERROR_GRADIENT:
        losses.squaredErrorGradient(at(i, 1), at(i, 2), at(i, 3), at(i, 4), whole(i, 5));
        break;
      case op.BROADCAST: broadcast(at(i, 1), real(i, 2), at(i, 3), whole(i, 4)); break;
      case op.ADD: add(at(i, 1) + offset, at(i, 2) + offset, at(i, 3) + offset, n); break;
      case op.GLOBAL_NORM: globalNorm(at(i, 1), at(i, 2), whole(i, 3)); break;
      case op.CLIP_BY_NORM: clipByNorm(at(i, 1) + offset, at(i, 2), real(i, 3), at(i, 4) + offset, n); break;
      case op.ADAM_STEP: adamStep(at(i, 1), at(i, 2), at(i, 3)); break;
      case op.ADAM:
        adam(
          at(i, 1) + offset, at(i, 2) + offset, at(i, 3) + offset, at(i, 4) + offset, n, at(i, 5), real(i, 6),
          real(i, 7), real(i, 8), real(i, 9), real(i, 10),
        );
        break;
      case op.HUBER: losses.huber(at(i, 1), at(i, 2), real(i, 3), at(i, 4), whole(i, 5)); break;
      case op.HUBER_GRADIENT:
        losses.huberGradient(at(i, 1), at(i, 2), at(i, 3), real(i, 4), at(i, 5), whole(i, 6));
        break;
      case op.ACTIVATION: activation(whole(i, 1), at(i, 2) + offset, at(i, 3) + offset, n); break;
      case op.SCALE: scale(at(i, 1) + offset, real(i, 2), at(i, 3) + offset, n); break;
      case op.MULTIPLY: multiply(at(i, 1) + offset, at(i, 2) + offset, at(i, 3) + offset, n); break;
      case op.COPY_COLUMNS: copyColumns(at(i, 1), at(i, 2), at(i, 3), at(i, 4), whole(i, 5), first, last); break;
      case op.PAD_COLUMNS: padColumns(at(i, 1), at(i, 2), whole(i, 3), whole(i, 4), whole(i, 5), first, last); break;
      case op.SUM_ROWS: sumRows(at(i, 1), at(i, 2), whole(i, 3), whole(i, 4), first, last); break;
      case op.REPEAT_ROWS: repeatRows(at(i, 1), at(i, 2), whole(i, 3), whole(i, 4), first, last); break;
      case op.EMBEDDING:
        tables.embedding(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), whole(i, 5), first, last);
        break;
      case op.EMBEDDING_GRADIENT:
        tables.embeddingGradient(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), whole(i, 5), first, last);
        break;
      case op.SELECT_COLUMN: tables.selectColumn(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), first, last); break;
      case op.SELECT_COLUMN_GRADIENT:
        tables.selectColumnGradient(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), first, last);
        break;
      case op.LAYER_NORM:
        normalise.layerNorm(at(i, 1), at(i, 2), at(i, 3), real(i, 4), at(i, 5), whole(i, 6), first, last);
        break;
      case op.LAYER_NORM_INPUT_GRADIENT:
        normalise.layerNormInputGradient(
          at(i, 1), at(i, 2), at(i, 3), real(i, 4), at(i, 5), whole(i, 6), first, last,
        );
        break;
      case op.LAYER_NORM_GAIN_GRADIENT:
        normalise.layerNormGainGradient(at(i, 1), at(i, 2), real(i, 3), at(i, 4), whole(i, 5), whole(i, 6));
        break;
      case op.SOFTMAX: normalise.softmax(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), whole(i, 5), first, last); break;
      case op.SOFTMAX_GRADIENT:
        normalise.softmaxGradient(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), first, last);
        break;
      case op.ATTENTION_SCORES:
        attention.scores(
          at(i, 1), at(i, 2), at(i, 3), real(i, 4), whole(i, 5), whole(i, 6), whole(i, 7), whole(i, 8),
          at(i, 9) + shift, first, last,
        );
        break;
      case op.ATTENTION_MIX:
        attention.mix(
          at(i, 1), at(i, 2), at(i, 3), real(i, 4), whole(i, 5), whole(i, 6), whole(i, 7), whole(i, 8),
          at(i, 9) + shift, first, last,
        );
        break;
      case op.ATTENTION_MIX_TRANSPOSED:
        attention.mixTransposed(
          at(i, 1), at(i, 2), at(i, 3), real(i, 4), whole(i, 5), whole(i, 6), whole(i, 7), whole(i, 8),
          at(i, 9) + shift, first, last,
        );
        break;
      case op.RECURRENT:
        recurrent.forward(
          whole(i, 1), at(i, 2), at(i, 3), at(i, 4), at(i, 5), at(i, 6), at(i, 7), whole(i, 8), whole(i, 9),
          whole(i, 10), at(i, 11) + shift, first, last,
        );
        break;
      case op.RECURRENT_GRADIENT:
        recurrent.backward(
          whole(i, 1), at(i, 2), at(i, 3), at(i, 4), at(i, 5), at(i, 6), at(i, 7), whole(i, 8), whole(i, 9),
          whole(i, 10), at(i, 11) + shift, first, last,
        );
        break;
      case op.RECURRENT_INPUT:
        recurrent.input(
          whole(i, 1), at(i, 2), at(i, 3), at(i, 4), at(i, 5), whole(i, 6), whole(i, 7), whole(i, 8), first, last,
        );
        break;
      case op.SQUASH_LOG_DETERMINANT: determinants.squash(at(i, 1), at(i, 2), whole(i, 3), first, last); break;
      case op.SQUASH_LOG_DETERMINANT_GRADIENT:
        determinants.squashGradient(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), first, last);
        break;
      case op.SIMPLEX_LOG_DETERMINANT: determinants.simplex(at(i, 1), at(i, 2), whole(i, 3), first, last); break;
      case op.SIMPLEX_LOG_DETERMINANT_GRADIENT:
        determinants.simplexGradient(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), first, last);
        break;
      case op.CATEGORICAL_KL: divergence.categorical(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), first, last); break;
      case op.CATEGORICAL_KL_GRADIENT:
        divergence.categoricalGradient(at(i, 1), at(i, 2), at(i, 3), at(i, 4), whole(i, 5), first, last);
        break;
      case op.GAUSSIAN_KL:
        divergence.gaussian(at(i, 1), at(i, 2), at(i, 3), at(i, 4), at(i, 5), whole(i, 6), first, last);
        break;
      case op.GAUSSIAN_KL_MEAN_GRADIENT:
        divergence.gaussianMeanGradient(at(i, 1), at(i, 2), at(i, 3), at(i, 4), at(i, 5), whole(i, 6), first, last);
        break;
      case op.GAUSSIAN_KL_LOG_STD_GRADIENT:
        divergence.gaussianLogStdGradient(
          at(i, 1), at(i, 2), at(i, 3), at(i, 4), at(i, 5), at(i, 6), whole(i, 7), whole(i, 8),
        );
        break;
      case op.POLYAK: polyak(at(i, 1), at(i, 2) + offset, at(i, 3) + offset, n); break;
      default: unreachable();
    }
  }
  return true;
}

/** Runs the instructions from `from` up to `end` on this thread alone. */
export function run(from: usize, end: usize): void {
  execute(from, end, 0, 0, 1, 0);
}

/**
 * One worker's part of instructions between two meetings. Whatever order the parts run in, the result must be the same:
 * tests see to that.
 */
export function runPart(from: usize, end: usize, worker: i32, workers: i32, scratch: usize): void {
  execute(from, end, 0, worker, workers, scratch);
}

/**
 * The first worker of a crew: runs the instructions with the others, `scratch` bytes of scratch memory each, and returns
 * when all are done. False when one is gone.
 */
export function lead(crew: usize, from: usize, end: usize, scratch: usize): bool {
  store<u32>(crew, from, op.CREW_FROM);
  store<u32>(crew, end, op.CREW_END);
  store<u32>(crew, scratch, op.CREW_SCRATCH);
  begin(crew);
  if (isBroken(crew)) return false;
  return execute(from, end, crew, 0, load<i32>(crew, op.CREW_WORKERS), scratch) && (arrive(crew) || gather(crew));
}

/** Any other worker of a crew: takes part in its programs until the crew breaks up. */
export function serve(crew: usize, worker: i32): void {
  const workers = load<i32>(crew, op.CREW_WORKERS);
  for (let seen = 0; awaitProgram(crew, seen); ++seen) {
    const from = load<u32>(crew, op.CREW_FROM), end = load<u32>(crew, op.CREW_END);
    if (!execute(from, end, crew, worker, workers, load<u32>(crew, op.CREW_SCRATCH))) return;
    arrive(crew);
  }
}

// The functions behind the kernels, over n values each, so that tests can measure their error.

export function exp(x: usize, out: usize, n: i32): void {
  for (let i = 0; i < n; i += 4) v128.store(out + (i << 2), simd.exp(v128.load(x + (i << 2))));
}

export function log(x: usize, out: usize, n: i32): void {
  for (let i = 0; i < n; i += 4) v128.store(out + (i << 2), simd.log(v128.load(x + (i << 2))));
}

export function tanh(x: usize, out: usize, n: i32): void {
  for (let i = 0; i < n; i += 4) v128.store(out + (i << 2), simd.tanh(v128.load(x + (i << 2))));
}

export function sigmoid(x: usize, out: usize, n: i32): void {
  for (let i = 0; i < n; i += 4) v128.store(out + (i << 2), simd.sigmoid(v128.load(x + (i << 2))));
}
