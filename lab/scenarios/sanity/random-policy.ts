import { RandomStream } from "../../random.ts";
import type { ActionSpace, Policy, World } from "../scenario.ts";

const PURPOSE = "random policy";

/** Uniform over the allowed options of every head of choices, uniform on (-1, 1) for every real action. */
export function randomPolicy(): Policy {
  const stream = new RandomStream(0, PURPOSE);
  let buffersOf: World | undefined;
  let actions: Float32Array[] = [];
  let masks: Float32Array[] = [];
  return {
    reset(seed) {
      stream.reseed(seed, PURPOSE);
    },
    decide(world) {
      if (buffersOf !== world) {
        buffersOf = world;
        actions = world.agents.map(({ action }) => new Float32Array(choicesOf(action).length + realsOf(action)));
        masks = world.agents.map(({ action }) =>
          new Float32Array(choicesOf(action).reduce((a, b) => a + b, 0)).fill(1),
        );
      }
      for (let agent = 0; agent < world.agents.length; agent++) {
        const space = world.agents[agent]!.action;
        const action = actions[agent]!;
        const choices = choicesOf(space);
        const mask = masks[agent]!;
        if (space.kind !== "continuous" && space.masked) world.mask?.(agent, mask, 0);
        let start = 0;
        for (let head = 0; head < choices.length; head++) {
          const options = choices[head]!;
          action[head] = drawAllowed(stream, mask, start, options);
          start += options;
        }
        for (let i = choices.length; i < action.length; i++) action[i] = stream.uniform(-1, 1);
        world.act(agent, action, 0);
      }
    },
  };
}

const NO_CHOICES: readonly number[] = [];

function choicesOf(space: ActionSpace): readonly number[] {
  return space.kind === "continuous" ? NO_CHOICES : space.choices;
}

function realsOf(space: ActionSpace): number {
  return space.kind === "discrete" ? 0 : space.size;
}

/** Index of one of the options marked 1 in mask[start, start + options), each equally likely. */
function drawAllowed(stream: RandomStream, mask: Float32Array, start: number, options: number): number {
  let allowed = 0;
  for (let option = 0; option < options; option++) if (mask[start + option] === 1) allowed++;
  let left = stream.integer(allowed);
  for (let option = 0; option < options; option++) if (mask[start + option] === 1 && left-- === 0) return option;
  throw new RangeError("no option is allowed");
}
