import type { Workspace } from "../../nn/workspace.ts";
import type { Policy } from "../../scenarios/scenario.ts";
import type { Learner, Report, SavedLearner, WorldObserver } from "../learner.ts";
import type { PolicyNetwork } from "./networks.ts";
import { NetworkPolicy } from "./policy.ts";
import { loadLearner, type Stateful, saveLearner } from "./state.ts";
import type { WorldSet } from "./worlds.ts";

/** What every on-policy learner does alike: counts, hands out its policy, saves and loads itself. */
export abstract class OnPolicyLearner implements Learner {
  protected readonly worlds: WorldSet;
  private readonly workspace: Workspace;
  private readonly networkPolicy: NetworkPolicy;
  private readonly parts: Readonly<Record<string, Stateful>>;

  /**
   * `networks` has that of each agent. `parts` are saved under their names, beside the weights, the optimisers and the
   * worlds. `sample`: the policy that is handed out draws its actions.
   */
  constructor(
    workspace: Workspace,
    worlds: WorldSet,
    networks: readonly PolicyNetwork[],
    parts: Readonly<Record<string, Stateful>>,
    sample = false,
  ) {
    this.workspace = workspace;
    this.worlds = worlds;
    this.networkPolicy = new NetworkPolicy(workspace, networks, sample);
    this.parts = { ...parts, worlds };
  }

  get steps(): number {
    return this.worlds.steps;
  }

  get iteration(): number {
    return this.worlds.rollouts;
  }

  abstract collect(report: Report): void;

  abstract update(report: Report): void;

  policy(): Policy {
    return this.networkPolicy;
  }

  watch(observer: WorldObserver | undefined): void {
    this.worlds.observer = observer;
  }

  save(): SavedLearner {
    return saveLearner(this.workspace, this.parts);
  }

  load(saved: SavedLearner): void {
    loadLearner(this.workspace, this.parts, saved);
  }
}
