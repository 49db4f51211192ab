import type { EmulatorTuningParameters } from "./parameters.ts";

/** Shannon rate in bit/s: W log2(1 + p h / (N0 W)) (eq. 2 and 6); log1p keeps it above 0 for the weakest channel. */
export function shannonRate(bandwidthHz: number, powerW: number, gain: number, noiseWPerHz: number): number {
  return bandwidthHz * Math.LOG2E * Math.log1p((powerW * gain) / (noiseWPerHz * bandwidthHz));
}

/** Power gain of the path alone: 10^(-loss/10) d^-alpha. */
export function pathGain(distanceM: number, exponent: number, referenceLossDb: number): number {
  return 10 ** (-referenceLossDb / 10) * distanceM ** -exponent;
}

/** The distance in m behind a {@link pathGain}; the middle of the range where the exponent 0 hides it. */
export function distanceOf(
  gain: number,
  p: Pick<EmulatorTuningParameters, "pathLossExponent" | "referenceLoss" | "distanceMin" | "distanceMax">,
): number {
  if (p.pathLossExponent === 0) return (p.distanceMin + p.distanceMax) / 2;
  const distanceM = (gain * 10 ** (p.referenceLoss / 10)) ** (-1 / p.pathLossExponent);
  return Math.min(Math.max(distanceM, p.distanceMin), p.distanceMax);
}

/** dBm/Hz to W/Hz. */
export function noiseWattsPerHertz(dbmPerHz: number): number {
  return 10 ** ((dbmPerHz - 30) / 10);
}

type PerplexityCurve = Pick<
  EmulatorTuningParameters,
  "perplexityQuadratic" | "perplexityLinear" | "perplexityConstant" | "complexityWeight"
>;

/** Perplexity curve f(E) of Section VI-A; E = 1 is the whole foundation model. */
export function perplexityCurve(curve: PerplexityCurve, retention: number): number {
  return (curve.perplexityQuadratic * retention + curve.perplexityLinear) * retention + curve.perplexityConstant;
}

/** Perplexity of one task: kappa = f(E) (c + iota) / c (Section VI-A, which overrides eq. 9). */
export function taskPerplexity(curve: PerplexityCurve, retention: number, complexity: number): number {
  return (perplexityCurve(curve, retention) * (complexity + curve.complexityWeight)) / complexity;
}

type RetentionGrid = Pick<EmulatorTuningParameters, "retentionMin" | "retentionMax" | "retentionStep">;

/** Number of retention levels; 0 when the retention is continuous. */
export function retentionLevels(grid: RetentionGrid): number {
  if (grid.retentionStep === 0) return 0;
  // Decimal steps are not exact in binary: (0.8 - 0.2) / 0.03 may come out just below 20.
  return Math.floor((grid.retentionMax - grid.retentionMin) / grid.retentionStep + 1e-9) + 1;
}

/** Retention of level k; equal levels give bit-equal retentions. */
export function retentionOfLevel(grid: RetentionGrid, level: number): number {
  return Math.min(grid.retentionMin + level * grid.retentionStep, grid.retentionMax);
}

/** Retention that the raw action `a` asks for: E_min + (E_max - E_min) clip((a + 1) / 2, 0, 1), snapped to the grid. */
export function retentionOfAction(grid: RetentionGrid, levels: number, action: number): number {
  const fraction = Math.min(Math.max((action + 1) / 2, 0), 1);
  const wanted = fraction * (grid.retentionMax - grid.retentionMin);
  if (levels === 0) return grid.retentionMin + wanted;
  return retentionOfLevel(grid, Math.min(Math.round(wanted / grid.retentionStep), levels - 1));
}

/** A raw action that asks for `retention`. */
export function actionOfRetention(grid: RetentionGrid, retention: number): number {
  const span = grid.retentionMax - grid.retentionMin;
  return span === 0 ? 0 : (2 * (retention - grid.retentionMin)) / span - 1;
}
