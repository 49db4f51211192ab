interface RateFields {
  readonly learningRate: number;
  readonly learningRateSchedule: "constant" | "linear";
  readonly worlds: number;
  readonly rolloutSteps: number;
}

/**
 * Learning rate of the update after rollout `rollout` = 1, 2, ...: constant, or on a line from `learningRate` in the
 * first update to 0 after the last planned one, as CleanRL anneals it. It follows from the rollout's number alone, so
 * that a resumed run goes on with the same rates.
 */
export function learningRateOf(
  { learningRate, learningRateSchedule, worlds, rolloutSteps }: RateFields,
  plannedSteps: number,
  rollout: number,
): number {
  if (learningRateSchedule === "constant") return learningRate;
  const planned = Math.ceil(plannedSteps / (worlds * rolloutSteps));
  return learningRate * Math.max(0, 1 - (rollout - 1) / planned);
}
