/** Most runs that one form starts. */
const maximumSeeds = 1000;

export type Seeds = { readonly ok: true; readonly seeds: number[] } | { readonly ok: false; readonly problem: string };

/** Reads `1`, `1,4` or `1..5`, or a mixture, into distinct seeds in the order written. */
export function parseSeeds(text: string): Seeds {
  const seeds = new Set<number>();
  for (const part of text.split(",").map((piece) => piece.trim())) {
    const match = /^(\d+)(?:\s*\.\.\s*(\d+))?$/.exec(part);
    if (match === null) return problem(part === "" ? "Name at least one seed." : `"${part}" is no seed.`);
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last)) return problem(`"${part}" is too large.`);
    if (last < first) return problem(`"${part}" counts backwards.`);
    if (last - first + seeds.size >= maximumSeeds) return problem(`At most ${maximumSeeds} runs at once.`);
    for (let seed = first; seed <= last; seed++) seeds.add(seed);
  }
  return { ok: true, seeds: [...seeds] };
}

function problem(text: string): Seeds {
  return { ok: false, problem: `${text} Write 1, 1,4 or 1..5.` };
}
