import { RandomStream } from "../../random.ts";
import type { Policy, World } from "../scenario.ts";

const PURPOSE = "random policy";

/** Uniform over the allowed options of every discrete head, uniform on (-1, 1) for every continuous action. */
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
        actions = world.agents.map(
          ({ action }) => new Float32Array(action.kind === "discrete" ? action.choices.length : action.size),
        );
        masks = world.agents.map(({ action }) =>
          new Float32Array(action.kind === "discrete" ? action.choices.reduce((a, b) => a + b, 0) : 0).fill(1),
        );
      }
      for (let agent = 0; agent < world.agents.length; agent++) {
        const space = world.agents[agent]!.action;
        const action = actions[agent]!;
        if (space.kind === "discrete") {
          const mask = masks[agent]!;
          if (space.masked) world.mask?.(agent, mask, 0);
          let start = 0;
          for (let head = 0; head < action.length; head++) {
            const options = space.choices[head]!;
            action[head] = drawAllowed(stream, mask, start, options);
            start += options;
          }
        } else {
          for (let i = 0; i < action.length; i++) action[i] = stream.uniform(-1, 1);
        }
        world.act(agent, action, 0);
      }
    },
  };
}

/** Index of one of the options marked 1 in mask[start, start + options), each equally likely. */
function drawAllowed(stream: RandomStream, mask: Float32Array, start: number, options: number): number {
  let allowed = 0;
  for (let option = 0; option < options; option++) if (mask[start + option] === 1) allowed++;
  let left = stream.integer(allowed);
  for (let option = 0; option < options; option++) if (mask[start + option] === 1 && left-- === 0) return option;
  throw new RangeError("no option is allowed");
}
