import { attentionChecks } from "./checks/attention.ts";
import { categoricalChecks } from "./checks/categorical.ts";
import type { Check } from "./checks/check.ts";
import { denseChecks } from "./checks/dense.ts";
import { elementwiseChecks } from "./checks/elementwise.ts";
import { gaussianChecks } from "./checks/gaussian.ts";
import { lossChecks } from "./checks/losses.ts";
import { normalisationChecks } from "./checks/normalisation.ts";
import { recurrentChecks } from "./checks/recurrent.ts";
import { rowChecks } from "./checks/rows.ts";
import { transformChecks } from "./checks/transforms.ts";
import { updateChecks } from "./checks/update.ts";
import { wholeChecks } from "./checks/whole.ts";

export { type Check, kindsOf } from "./checks/check.ts";
export { adamByHand } from "./checks/update.ts";

/** Every op kind must be in the graph of at least one check that notices when the op is wrong. */
export const checks: readonly Check[] = [
  ...denseChecks,
  ...elementwiseChecks,
  ...categoricalChecks,
  ...gaussianChecks,
  ...transformChecks,
  ...lossChecks,
  ...rowChecks,
  ...normalisationChecks,
  ...attentionChecks,
  ...recurrentChecks,
  ...wholeChecks,
  ...updateChecks,
];
