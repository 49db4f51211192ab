import type { LearnerDefinition } from "../../lab/learners/learner.ts";
import type { Graph } from "../../lab/nn/graph.ts";
import { sizeOf } from "../../lab/nn/ops.ts";
import { createProgram } from "../../lab/nn/program.ts";
import { Store } from "../../lab/nn/store.ts";
import type { Program, Workspace } from "../../lab/nn/workspace.ts";
import type { Scenario } from "../../lab/scenarios/scenario.ts";
import { type ResolvedParameters, TrainingLoop } from "../../lab/training.ts";
import { encodeSafetensors } from "../runs/safetensors.ts";

/**
 * Bytes of a run's checkpoint before anything is trained: the learner is made with all of its networks and saved, but
 * nothing is computed.
 */
export function checkpointSize(scenario: Scenario, learner: LearnerDefinition, parameters: ResolvedParameters): number {
  const loop = new TrainingLoop({ scenario, learner, parameters, seed: 0, workspace: new IdleWorkspace() });
  const { weights, state } = loop.save();
  return encodeSafetensors(weights).length + encodeSafetensors(state).length;
}

/** Declares what programs keep, in float32 like the built-in kernels, and runs none of them. */
class IdleWorkspace extends Store implements Workspace {
  readonly kernelBuild = "idle";

  constructor() {
    super({ numbers: (size) => new Float32Array(size), counter: () => new Float64Array(1) });
  }

  compile(graph: Graph): Program {
    for (const { op, shape } of graph.nodes) {
      if (op.kind === "parameter") this.declareParameter(graph.name, op.name, shape);
      else if (op.kind === "adam") this.declareOptimiser(op.optimiser, op.parameters);
    }
    const values = (id: number) => new Float32Array(sizeOf(graph.shapeOf(id)));
    return createProgram(graph, values, () => {
      throw new Error(`the program ${graph.name} was made to be measured, not to be run`);
    });
  }
}
