import { z } from "zod";
import { parameter } from "../../parameters.ts";

/** The parameter of a task that is cut off after `steps` steps; `reason` names where the number is from. */
export function stepLimitParameter(steps: number, reason: string) {
  return parameter(z.int().min(1).max(1_000_000).default(steps), {
    title: "Step limit",
    unit: "steps",
    source: "assumed",
    reason,
    help: "Steps after which an episode is cut off.",
    group: "Task",
  });
}
