import { attentionKernels } from "./attention.ts";
import { categoricalKernels } from "./categorical.ts";
import { denseKernels } from "./dense.ts";
import { elementwiseKernels } from "./elementwise.ts";
import { gaussianKernels } from "./gaussian.ts";
import { lossKernels } from "./losses.ts";
import { normalisationKernels } from "./normalisation.ts";
import type { ReferenceKernels } from "./operands.ts";
import { recurrentKernels } from "./recurrent.ts";
import { rowKernels } from "./rows.ts";
import { transformKernels } from "./transforms.ts";
import { updateKernels } from "./update.ts";

/** Every op in float64, written to be read: the other executors are judged by it, it is judged by finite differences. */
export const referenceKernels: ReferenceKernels = {
  // The workspace binds the memory of inputs and parameters; nothing is computed.
  input: () => {},
  parameter: () => {},
  ...elementwiseKernels,
  ...denseKernels,
  ...categoricalKernels,
  ...gaussianKernels,
  ...transformKernels,
  ...lossKernels,
  ...rowKernels,
  ...normalisationKernels,
  ...attentionKernels,
  ...recurrentKernels,
  ...updateKernels,
};
