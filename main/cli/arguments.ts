/** Words of the command line turned into values; what cannot be read is an error that names the word. */
import { existsSync } from "node:fs";
import path from "node:path";
import { Option } from "commander";
import { UserError } from "../platform/user-error.ts";

/** More would be a slip of the keyboard: each seed is one run. */
const MOST_SEEDS = 1000;

/** `--seeds`, which is 1 when not given. */
export function seedsOption(): Option {
  return new Option("--seeds <list>", "training seeds: 1..3 or 1,4; one run each")
    .default([1], "1")
    .argParser(parseSeeds);
}

/**
 * Training seeds: `1..3` is 1, 2, 3; `1,4` names two; both may be mixed.
 * @throws UserError `bad-seeds`
 */
export function parseSeeds(text: string): number[] {
  const seeds = text.split(",").flatMap((part) => {
    const range = /^\s*(\d+)\s*(?:\.\.\s*(\d+)\s*)?$/.exec(part);
    if (range === null) throw badSeeds(text, `"${part.trim()}" is neither a seed nor a range`);
    const first = Number(range[1]);
    const last = range[2] === undefined ? first : Number(range[2]);
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last)) throw badSeeds(text, "a seed is too large");
    if (last < first) throw badSeeds(text, `${first}..${last} runs backwards`);
    if (last - first >= MOST_SEEDS) throw badSeeds(text, `more than ${MOST_SEEDS} runs at once`);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  const twice = seeds.find((seed, i) => seeds.indexOf(seed) !== i);
  if (twice !== undefined) throw badSeeds(text, `seed ${twice} is named twice`);
  if (seeds.length > MOST_SEEDS) throw badSeeds(text, `more than ${MOST_SEEDS} runs at once`);
  return seeds;
}

function badSeeds(text: string, why: string): UserError {
  return new UserError("bad-seeds", `--seeds ${text}: ${why}`, "write 1, 1..3 or 1,4", "seeds");
}

/** `--set key=value`, as often as needed; values stay as typed, the engine parses them by the parameter's schema. */
export function setOption(help: string): Option {
  return new Option("--set <key=value>", `${help}; may be repeated`).default({}, "none").argParser(collectSet);
}

/** @throws UserError `bad-set` */
function collectSet(word: string, before: Record<string, string>): Record<string, string> {
  const cut = word.indexOf("=");
  const key = word.slice(0, cut).trim();
  if (cut < 1 || key === "") throw new UserError("bad-set", `--set ${word} names no value`, "write --set key=value");
  if (Object.hasOwn(before, key)) throw new UserError("bad-set", `--set ${key} is given twice`, "keep one of them");
  return { ...before, [key]: word.slice(cut + 1).trim() };
}

/** `--vary key=a,b,c`, as often as needed; the engine parses the values by the parameter's schema. */
export function varyOption(): Option {
  return new Option("--vary <key=values>", "several values of a parameter: users=5,7,9; may be repeated")
    .default({}, "none")
    .argParser(collectVary);
}

/** @throws UserError `bad-vary` */
function collectVary(word: string, before: Record<string, string[]>): Record<string, string[]> {
  const cut = word.indexOf("=");
  const key = word.slice(0, cut).trim();
  const values = word
    .slice(cut + 1)
    .split(",")
    .map((value) => value.trim());
  if (cut < 1 || key === "" || values.includes("")) {
    throw new UserError("bad-vary", `--vary ${word} names no list of values`, "write --vary key=1,2,3");
  }
  if (Object.hasOwn(before, key))
    throw new UserError("bad-vary", `--vary ${key} is given twice`, "name all in one list");
  return { ...before, [key]: values };
}

/**
 * A reader of whole numbers from `least` to `most` for the option of this name.
 * @throws UserError `bad-number` when it is used
 */
export function wholeNumber(option: string, least: number, most = Number.MAX_SAFE_INTEGER): (word: string) => number {
  return (word) => {
    const value = Number(word);
    if (/^\d+$/.test(word.trim()) && value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
    throw new UserError("bad-number", `${option} ${word} is not a whole number of ${range}`, "", option);
  };
}

/**
 * `<scenario>/<learner>`; a scenario's id may hold a slash itself.
 * @throws UserError `bad-subject`
 */
export function parseSubject(word: string): { scenario: string; learner: string } {
  const cut = word.lastIndexOf("/");
  const scenario = word.slice(0, Math.max(cut, 0));
  const learner = word.slice(cut + 1);
  if (scenario !== "" && learner !== "") return { scenario, learner };
  const hint = "write <scenario>/<learner>, for example emulator-tuning/hmppo; edgeloom list scenarios names all";
  throw new UserError("bad-subject", `"${word}" names no scenario and learner`, hint);
}

/** The engine has another working directory: what is a checkpoint's path here goes there as a whole one. */
export function absoluteIfPath(word: string): string {
  const isPath = word.startsWith(".") || path.isAbsolute(word) || existsSync(path.join(word, "manifest.json"));
  return isPath ? path.resolve(word) : word;
}
