/** One side of a comparison, ours or a peer's, with its work loaded. Only one side computes at a time. */
export interface Contender {
  /** Numbers that tell what the work computes: the losses of its first updates, or its result. Call it first. */
  check(): Promise<readonly number[]> | readonly number[];
  /** Milliseconds a call, mean of `repeats` calls. @throws Error when the last result is not finite. */
  time(repeats: number): Promise<number> | number;
}

/** What a comparison measured: milliseconds a call, medians over the rounds. */
export interface Medians {
  readonly ours: number;
  readonly peer: number;
}

/** Rounds of a comparison; each has a block of calls of either side. */
const ROUNDS = 9;
/** A block is made of as many calls as fit into this, at least one. */
const BLOCK_MILLISECONDS = 250;
/** Blocks before the first round: code is compiled, caches fill. */
const WARM_UP_BLOCKS = 2;

/**
 * Times both sides in turns, so that a change of the machine's speed meets both alike; who begins changes from round to
 * round.
 */
export async function compare(ours: Contender, peer: Contender, rounds = ROUNDS): Promise<Medians> {
  const sides = [await prepare(ours), await prepare(peer)];
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? sides : [...sides].reverse();
    for (const { contender, repeats, blocks } of order) blocks.push(await contender.time(repeats));
  }
  const [first, second] = sides.map(({ blocks }) => median(blocks));
  return { ours: first as number, peer: second as number };
}

/** As {@link compare}, for ours alone. */
export async function measureAlone(ours: Contender, rounds = ROUNDS): Promise<number> {
  const { contender, repeats, blocks } = await prepare(ours);
  for (let round = 0; round < rounds; round++) blocks.push(await contender.time(repeats));
  return median(blocks);
}

/** Warms a side up and finds how many of its calls make a block. */
async function prepare(contender: Contender): Promise<{ contender: Contender; repeats: number; blocks: number[] }> {
  let repeats = 1;
  let blocks = 0;
  while (blocks < WARM_UP_BLOCKS) {
    const milliseconds = await contender.time(repeats);
    // A call that is as long as a block needs no further warming up: its check was that.
    if (repeats === 1 && milliseconds >= BLOCK_MILLISECONDS) break;
    if (repeats * milliseconds >= BLOCK_MILLISECONDS / 2) blocks++;
    repeats = Math.max(1, Math.min(Math.round(BLOCK_MILLISECONDS / milliseconds), 10 * repeats));
  }
  return { contender, repeats, blocks: [] };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2;
}
