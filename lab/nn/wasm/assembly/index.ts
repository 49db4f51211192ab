// Runs a program: a list of instructions in memory, written once by lower.ts. One call from JavaScript runs them all.

import * as attention from "./attention";
import * as categorical from "./categorical";
import * as determinants from "./determinants";
import * as divergence from "./divergence";
import { activate, activation, activationGradient, add, broadcast, fill, multiply, scale } from "./elementwise";
import * as gaussian from "./gaussian";
import { affine, biasGradient, inputGradient, weightGradient } from "./gemm";
import * as losses from "./losses";
import * as normalise from "./normalise";
import * as op from "./opcodes";
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

/** Runs the instructions from `from` up to `end`. */
export function run(from: usize, end: usize): void {
  for (let i = from; i < end; i += op.INSTRUCTION_WORDS * 4) {
    switch (load<i32>(i)) {
      case op.FILL: fill(at(i, 1), real(i, 2), whole(i, 3)); break;
      case op.DENSE: {
        affine(at(i, 1), at(i, 2), at(i, 3), at(i, 4), whole(i, 5), whole(i, 6), whole(i, 7), at(i, 9));
        activate(whole(i, 8), at(i, 4), whole(i, 5) * whole(i, 7));
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
        activationGradient(whole(i, 1), at(i, 2), at(i, 3), at(i, 4), whole(i, 5));
        break;
      case op.DENSE_INPUT_GRADIENT:
        inputGradient(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), whole(i, 5), whole(i, 6), at(i, 7));
        break;
      case op.DENSE_WEIGHT_GRADIENT:
        weightGradient(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), whole(i, 5), whole(i, 6), whole(i, 7), at(i, 8));
        break;
      case op.DENSE_BIAS_GRADIENT:
        biasGradient(at(i, 1), at(i, 2), whole(i, 3), whole(i, 4), whole(i, 5));
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
      case op.ADD: add(at(i, 1), at(i, 2), at(i, 3), whole(i, 4)); break;
      case op.GLOBAL_NORM: globalNorm(at(i, 1), at(i, 2), whole(i, 3)); break;
      case op.CLIP_BY_NORM: clipByNorm(at(i, 1), at(i, 2), real(i, 3), at(i, 4), whole(i, 5)); break;
      case op.ADAM_STEP: adamStep(at(i, 1), at(i, 2), at(i, 3)); break;
      case op.ADAM:
        adam(
          at(i, 1), at(i, 2), at(i, 3), at(i, 4), whole(i, 5), at(i, 6), real(i, 7), real(i, 8), real(i, 9), real(i, 10),
          real(i, 11),
        );
        break;
      case op.HUBER: losses.huber(at(i, 1), at(i, 2), real(i, 3), at(i, 4), whole(i, 5)); break;
      case op.HUBER_GRADIENT:
        losses.huberGradient(at(i, 1), at(i, 2), at(i, 3), real(i, 4), at(i, 5), whole(i, 6));
        break;
      case op.ACTIVATION: activation(whole(i, 1), at(i, 2), at(i, 3), whole(i, 4)); break;
      case op.SCALE: scale(at(i, 1), real(i, 2), at(i, 3), whole(i, 4)); break;
      case op.MULTIPLY: multiply(at(i, 1), at(i, 2), at(i, 3), whole(i, 4)); break;
      case op.COPY_COLUMNS: copyColumns(at(i, 1), at(i, 2), at(i, 3), at(i, 4), whole(i, 5), 0, whole(i, 6)); break;
      case op.PAD_COLUMNS: padColumns(at(i, 1), at(i, 2), whole(i, 3), whole(i, 4), whole(i, 5), 0, whole(i, 6)); break;
      case op.SUM_ROWS: sumRows(at(i, 1), at(i, 2), whole(i, 3), whole(i, 4), 0, whole(i, 5)); break;
      case op.REPEAT_ROWS: repeatRows(at(i, 1), at(i, 2), whole(i, 3), whole(i, 4), 0, whole(i, 5)); break;
      case op.EMBEDDING:
        tables.embedding(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), whole(i, 5), 0, whole(i, 6));
        break;
      case op.EMBEDDING_GRADIENT:
        tables.embeddingGradient(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), whole(i, 5), 0, whole(i, 6));
        break;
      case op.SELECT_COLUMN: tables.selectColumn(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), 0, whole(i, 5)); break;
      case op.SELECT_COLUMN_GRADIENT:
        tables.selectColumnGradient(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), 0, whole(i, 5));
        break;
      case op.LAYER_NORM:
        normalise.layerNorm(at(i, 1), at(i, 2), at(i, 3), real(i, 4), at(i, 5), whole(i, 6), 0, whole(i, 7));
        break;
      case op.LAYER_NORM_INPUT_GRADIENT:
        normalise.layerNormInputGradient(
          at(i, 1), at(i, 2), at(i, 3), real(i, 4), at(i, 5), whole(i, 6), 0, whole(i, 7),
        );
        break;
      case op.LAYER_NORM_GAIN_GRADIENT:
        normalise.layerNormGainGradient(at(i, 1), at(i, 2), real(i, 3), at(i, 4), whole(i, 5), whole(i, 6));
        break;
      case op.SOFTMAX: normalise.softmax(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), whole(i, 5), 0, whole(i, 6)); break;
      case op.SOFTMAX_GRADIENT:
        normalise.softmaxGradient(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), 0, whole(i, 5));
        break;
      case op.ATTENTION_SCORES:
        attention.scores(
          at(i, 1), at(i, 2), at(i, 3), real(i, 4), whole(i, 5), whole(i, 6), whole(i, 7), whole(i, 8), at(i, 10), 0,
          whole(i, 9),
        );
        break;
      case op.ATTENTION_MIX:
        attention.mix(
          at(i, 1), at(i, 2), at(i, 3), real(i, 4), whole(i, 5), whole(i, 6), whole(i, 7), whole(i, 8), at(i, 10), 0,
          whole(i, 9),
        );
        break;
      case op.ATTENTION_MIX_TRANSPOSED:
        attention.mixTransposed(
          at(i, 1), at(i, 2), at(i, 3), real(i, 4), whole(i, 5), whole(i, 6), whole(i, 7), whole(i, 8), at(i, 10), 0,
          whole(i, 9),
        );
        break;
      case op.RECURRENT:
        recurrent.forward(
          whole(i, 1), at(i, 2), at(i, 3), at(i, 4), at(i, 5), at(i, 6), at(i, 7), whole(i, 8), whole(i, 9),
          whole(i, 10), at(i, 11), 0, whole(i, 9),
        );
        break;
      case op.RECURRENT_GRADIENT:
        recurrent.backward(
          whole(i, 1), at(i, 2), at(i, 3), at(i, 4), at(i, 5), at(i, 6), at(i, 7), whole(i, 8), whole(i, 9),
          whole(i, 10), at(i, 11), 0, whole(i, 9),
        );
        break;
      case op.RECURRENT_INPUT:
        recurrent.input(
          whole(i, 1), at(i, 2), at(i, 3), at(i, 4), at(i, 5), whole(i, 6), whole(i, 7), whole(i, 8), 0, whole(i, 7),
        );
        break;
      case op.SQUASH_LOG_DETERMINANT: determinants.squash(at(i, 1), at(i, 2), whole(i, 3), 0, whole(i, 4)); break;
      case op.SQUASH_LOG_DETERMINANT_GRADIENT:
        determinants.squashGradient(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), 0, whole(i, 5));
        break;
      case op.SIMPLEX_LOG_DETERMINANT: determinants.simplex(at(i, 1), at(i, 2), whole(i, 3), 0, whole(i, 4)); break;
      case op.SIMPLEX_LOG_DETERMINANT_GRADIENT:
        determinants.simplexGradient(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), 0, whole(i, 5));
        break;
      case op.CATEGORICAL_KL: divergence.categorical(at(i, 1), at(i, 2), at(i, 3), whole(i, 4), 0, whole(i, 5)); break;
      case op.CATEGORICAL_KL_GRADIENT:
        divergence.categoricalGradient(at(i, 1), at(i, 2), at(i, 3), at(i, 4), whole(i, 5), 0, whole(i, 6));
        break;
      case op.GAUSSIAN_KL:
        divergence.gaussian(at(i, 1), at(i, 2), at(i, 3), at(i, 4), at(i, 5), whole(i, 6), 0, whole(i, 7));
        break;
      case op.GAUSSIAN_KL_MEAN_GRADIENT:
        divergence.gaussianMeanGradient(at(i, 1), at(i, 2), at(i, 3), at(i, 4), at(i, 5), whole(i, 6), 0, whole(i, 7));
        break;
      case op.GAUSSIAN_KL_LOG_STD_GRADIENT:
        divergence.gaussianLogStdGradient(
          at(i, 1), at(i, 2), at(i, 3), at(i, 4), at(i, 5), at(i, 6), whole(i, 7), whole(i, 8),
        );
        break;
      case op.POLYAK: polyak(at(i, 1), at(i, 2), at(i, 3), whole(i, 4)); break;
      default: unreachable();
    }
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
