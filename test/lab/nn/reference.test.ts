import { describe, expect, it } from "vitest";
import { DIFFERENTIABLE_KINDS } from "../../../lab/nn/derivatives.ts";
import { type OpKind, UPDATE_KINDS } from "../../../lab/nn/ops.ts";
import { referenceKernels } from "../../../lab/nn/reference/kernels.ts";
import type { Operands, ReferenceKernel, ReferenceKernels } from "../../../lab/nn/reference/operands.ts";
import { createReferenceWorkspace } from "../../../lab/nn/reference/workspace.ts";
import { checks, kindsOf } from "./checks.ts";

const TOLERANCE = 1e-6;
/** Sources: they compute nothing that could be wrong. */
const SOURCES: readonly OpKind[] = ["input", "parameter"];
const KINDS = (Object.keys(referenceKernels) as OpKind[]).filter((kind) => !SOURCES.includes(kind));
const MUTATIONS = [
  ["one per cent too large", 1.01],
  ["of the wrong sign", -1],
] as const;

/** The reference with one op whose result (of an update: whose change of the parameters) is multiplied by a factor. */
function mutated(kind: OpKind, factor: number): ReferenceKernels {
  const right = referenceKernels[kind] as ReferenceKernel<OpKind>;
  const wrong: ReferenceKernel<OpKind> = (op, operands: Operands) => {
    const updates = UPDATE_KINDS.has(kind);
    const targets = updates ? operands.inputs.filter((_, i) => i % 2 === 1) : [operands.out];
    const before = targets.map((target) => (updates ? target.slice() : new Float64Array(target.length)));
    right(op, operands);
    targets.forEach((target, index) => {
      const start = before[index] as Float64Array;
      for (let i = 0; i < target.length; i++) {
        target[i] = (start[i] as number) + factor * ((target[i] as number) - (start[i] as number));
      }
    });
  };
  return { ...referenceKernels, [kind]: wrong };
}

describe("the float64 reference", () => {
  it.each(checks.map((check) => [check.name, check] as const))("is right: %s", (_name, check) => {
    expect(check.error(createReferenceWorkspace())).toBeLessThan(TOLERANCE);
  });
});

describe("a wrong op is noticed", () => {
  const kinds = checks.map((check) => [check, kindsOf(check)] as const);
  for (const kind of KINDS) {
    it.each(MUTATIONS)(`${kind} %s`, (_what, factor) => {
      const kernels = mutated(kind, factor);
      const noticed = kinds.some(
        ([check, present]) => present.has(kind) && check.error(createReferenceWorkspace(kernels)) > 100 * TOLERANCE,
      );
      expect(noticed).toBe(true);
    });
  }

  it("in every op that the chain rule knows", () => {
    expect(DIFFERENTIABLE_KINDS.filter((kind) => !KINDS.includes(kind))).toEqual([]);
  });
});
