import { emulatorTuning } from "./emulator-tuning/index.ts";
import { acrobot } from "./sanity/acrobot.ts";
import { cartPole, cartPolePositions } from "./sanity/cartpole.ts";
import { constrainedBandit } from "./sanity/constrained-bandit.ts";
import { constrainedMdp } from "./sanity/constrained-mdp.ts";
import {
  identityBox,
  identityDiscrete,
  identityHybrid,
  identityMasked,
  identityMultiDiscrete,
} from "./sanity/identity.ts";
import { climbing, penalty } from "./sanity/matrix-games.ts";
import { mountainCar } from "./sanity/mountain-car.ts";
import { pendulum } from "./sanity/pendulum.ts";
import { recall } from "./sanity/recall.ts";
import { spread } from "./sanity/spread.ts";
import type { Scenario } from "./scenario.ts";

/** Every world of this program, papers first. */
export const scenarios: readonly Scenario[] = [
  emulatorTuning,
  cartPole,
  cartPolePositions,
  acrobot,
  mountainCar,
  pendulum,
  identityDiscrete,
  identityMultiDiscrete,
  identityBox,
  identityMasked,
  identityHybrid,
  recall,
  climbing,
  penalty,
  spread,
  constrainedBandit,
  constrainedMdp,
];

/** The scenario of that id, undefined when there is none. */
export function findScenario(id: string): Scenario | undefined {
  return scenarios.find((scenario) => scenario.id === id);
}
