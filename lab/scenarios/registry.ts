import { emulatorTuning } from "./emulator-tuning/index.ts";
import { cartPole } from "./sanity/cartpole.ts";
import { identityBox, identityDiscrete, identityMasked, identityMultiDiscrete } from "./sanity/identity.ts";
import type { Scenario } from "./scenario.ts";

/** Every world of this program, papers first. */
export const scenarios: readonly Scenario[] = [
  emulatorTuning,
  cartPole,
  identityDiscrete,
  identityMultiDiscrete,
  identityBox,
  identityMasked,
];

/** The scenario of that id, undefined when there is none. */
export function findScenario(id: string): Scenario | undefined {
  return scenarios.find((scenario) => scenario.id === id);
}
