import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import {
  fileError,
  removeFolderAtomic,
  syncFolder,
  systemCode,
  temporaryPath,
  writeFileDurable,
} from "../platform/files.ts";
import { UserError } from "../platform/user-error.ts";
import { parameterValuesSchema, runPaths, versionedIdSchema } from "./run-file.ts";
import { decodeSafetensors, encodeSafetensors, type TensorMap } from "./safetensors.ts";
import { readVersionedJson } from "./versioned-json.ts";

const CHECKPOINT_VERSION = 1;
const MANIFEST = "manifest.json";
const partFiles = { weights: "weights.safetensors", state: "state.safetensors" } as const;

const subjectSchema = versionedIdSchema.extend({ parameters: parameterValuesSchema });
const partSchema = z.object({ bytes: z.number().int().nonnegative(), sha256: z.string() });

/** Everything that evaluating needs besides the weights, so that a checkpoint can be used alone. */
export const checkpointManifestSchema = z.object({
  formatVersion: z.literal(CHECKPOINT_VERSION),
  run: z.string(),
  seed: z.number().int().nonnegative(),
  step: z.number().int().nonnegative(),
  iteration: z.number().int().nonnegative(),
  attempt: z.number().int().positive(),
  /** Milliseconds since 1970. */
  createdAt: z.number(),
  /** Running time of the run so far. */
  wallSeconds: z.number(),
  /** Mean reward of the last greedy evaluation; null when there was none. */
  reward: z.number().nullable(),
  kernelBuild: z.string(),
  scenario: subjectSchema,
  learner: subjectSchema,
  training: parameterValuesSchema,
  parts: z.object({ weights: partSchema, state: partSchema }),
  /** Over everything above that a deterministic repetition repeats: not over run, attempt, createdAt, wallSeconds. */
  sha256: z.string(),
});
export type CheckpointManifest = z.infer<typeof checkpointManifestSchema>;

const damagedHint = "Use an earlier checkpoint of the run, or restore this one from a copy.";
const manifestKind = {
  schema: checkpointManifestSchema,
  version: CHECKPOINT_VERSION,
  what: "Checkpoint file",
  code: "checkpoint-damaged",
  hint: damagedHint,
};

/** What a trainer hands over; the rest of the manifest follows from it. */
export type NewCheckpoint = Omit<CheckpointManifest, "formatVersion" | "createdAt" | "parts" | "sha256"> & {
  readonly saved: { readonly weights: TensorMap; readonly state: TensorMap };
};

export interface CheckpointEntry {
  readonly step: number;
  readonly path: string;
  /** Bytes of its parts; 0 when the manifest cannot be read. */
  readonly bytes: number;
  /** undefined when the manifest cannot be read; `error` says why. */
  readonly manifest: CheckpointManifest | undefined;
  readonly error: UserError | undefined;
}

/** One whose manifest can be read. */
export type ReadableCheckpoint = CheckpointEntry & { readonly manifest: CheckpointManifest };

export interface Checkpoint {
  readonly manifest: CheckpointManifest;
  readonly weights: TensorMap;
  readonly state: TensorMap;
}

function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

type Hashed = Omit<CheckpointManifest, "formatVersion" | "run" | "attempt" | "createdAt" | "wallSeconds" | "sha256">;

/** See {@link CheckpointManifest.sha256}. The order of a record's keys does not count. */
function overallSha256(manifest: Hashed): string {
  const { seed, step, iteration, reward, kernelBuild, scenario, learner, training, parts } = manifest;
  const hashed = { seed, step, iteration, reward, kernelBuild, scenario, learner, training, parts };
  return sha256(JSON.stringify(hashed, (_key, value) => (isRecord(value) ? sorted(value) : value)));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sorted(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Writes `checkpoints/<step>` of a run: whole and on the disk when this returns, or not there at all. Where a resumed
 * attempt repeats a checkpoint that is there already, the same bytes are left alone and others are replaced.
 * @throws UserError `disk-full`, `not-writable`; the run's earlier checkpoints are untouched
 */
export function writeCheckpoint(runFolder: string, checkpoint: NewCheckpoint): ReadableCheckpoint {
  const { saved, ...facts } = checkpoint;
  const content = { weights: encodeSafetensors(saved.weights), state: encodeSafetensors(saved.state) };
  const parts = { weights: describePart(content.weights), state: describePart(content.state) };
  const manifest = checkpointManifestSchema.parse({
    formatVersion: CHECKPOINT_VERSION,
    ...facts,
    createdAt: Date.now(),
    parts,
    sha256: overallSha256({ ...facts, parts }),
  });

  const folder = path.join(runPaths.checkpoints(runFolder), String(facts.step));
  const temporary = temporaryPath(folder);
  try {
    const existing = readUndamaged(folder);
    if (existing?.sha256 === manifest.sha256) return describe(folder, existing);
    mkdirSync(temporary, { recursive: true });
    writeFileDurable(path.join(temporary, partFiles.weights), content.weights);
    writeFileDurable(path.join(temporary, partFiles.state), content.state);
    writeFileDurable(path.join(temporary, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
    syncFolder(temporary);
    if (existsSync(folder)) removeFolderAtomic(folder);
    renameSync(temporary, folder);
    syncFolder(path.dirname(folder));
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw fileError(error, folder);
  }
  return describe(folder, manifest);
}

function describePart(bytes: Uint8Array): { bytes: number; sha256: string } {
  return { bytes: bytes.length, sha256: sha256(bytes) };
}

/** The manifest of the checkpoint that lies there, undefined when it is damaged or none. */
function readUndamaged(folder: string): CheckpointManifest | undefined {
  try {
    return readCheckpoint(folder).manifest;
  } catch (error) {
    if (error instanceof UserError && error.code !== "format-newer") return undefined;
    throw error;
  }
}

/**
 * Reads a checkpoint's manifest and checks that it is whole and unchanged.
 * @throws UserError `checkpoint-unknown`, `checkpoint-damaged`, `format-newer`
 */
export function readManifest(folder: string): CheckpointManifest {
  const file = path.join(folder, MANIFEST);
  let manifest: CheckpointManifest;
  try {
    manifest = readVersionedJson(file, manifestKind);
  } catch (error) {
    const code = systemCode(error);
    if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
    throw new UserError("checkpoint-unknown", `${folder} holds no checkpoint: it has no ${MANIFEST}.`);
  }
  if (overallSha256(manifest) !== manifest.sha256) throw damaged(file, "its content does not match its SHA-256");
  return manifest;
}

/**
 * Reads a checkpoint and verifies the size and SHA-256 of every part.
 * @throws UserError `checkpoint-unknown`, `checkpoint-damaged` naming the file, `format-newer`
 */
export function readCheckpoint(folder: string): Checkpoint {
  const manifest = readManifest(folder);
  const read = (name: keyof typeof partFiles): TensorMap => {
    const file = path.join(folder, partFiles[name]);
    const expected = manifest.parts[name];
    const bytes = readPart(file);
    if (bytes.length !== expected.bytes) throw damaged(file, `it has ${bytes.length} bytes, not ${expected.bytes}`);
    if (sha256(bytes) !== expected.sha256) throw damaged(file, "its content does not match its SHA-256");
    return decodeSafetensors(bytes, file).tensors;
  };
  return { manifest, weights: read("weights"), state: read("state") };
}

function readPart(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if (systemCode(error) === "ENOENT") throw damaged(file, "it is missing");
    throw error;
  }
}

function damaged(file: string, why: string): UserError {
  return new UserError("checkpoint-damaged", `Checkpoint file ${file} is damaged: ${why}.`, damagedHint);
}

/** A run's checkpoints by step, earliest first. Reads manifests only; what is still being written is left out. */
export function listCheckpoints(runFolder: string): CheckpointEntry[] {
  const folder = runPaths.checkpoints(runFolder);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map((name) => entry(Number(name), path.join(folder, name)))
    .sort((a, b) => a.step - b.step);
}

function describe(folder: string, manifest: CheckpointManifest): ReadableCheckpoint {
  const { weights, state } = manifest.parts;
  return { step: manifest.step, path: folder, bytes: weights.bytes + state.bytes, manifest, error: undefined };
}

function entry(step: number, folder: string): CheckpointEntry {
  try {
    return describe(folder, readManifest(folder));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { step, path: folder, bytes: 0, manifest: undefined, error };
  }
}

export function removeCheckpoint(folder: string): void {
  removeFolderAtomic(folder);
}

/** The checkpoint with the highest reward, the earliest of equals; undefined when none has a reward. */
export function bestCheckpoint(entries: readonly CheckpointEntry[]): CheckpointEntry | undefined {
  let best: CheckpointEntry | undefined;
  let bestReward = Number.NEGATIVE_INFINITY;
  for (const candidate of entries) {
    const reward = candidate.manifest?.reward ?? null;
    if (reward === null || reward <= bestReward) continue;
    best = candidate;
    bestReward = reward;
  }
  return best;
}

/**
 * What may go when a run keeps its last `keepLast` checkpoints, its best one, and the first at or after every multiple of
 * `keepEvery` steps (0 = none), and those at the `pinned` steps. Damaged ones stay: they are a person's to judge, and they do not count among the last.
 */
export function expendableCheckpoints(
  entries: readonly CheckpointEntry[],
  keepLast: number,
  keepEvery = 0,
  pinned: ReadonlySet<number> = new Set(),
): CheckpointEntry[] {
  const good = entries.filter((candidate) => candidate.manifest !== undefined).sort((a, b) => a.step - b.step);
  const best = bestCheckpoint(good);
  return good.slice(0, Math.max(0, good.length - keepLast)).filter((candidate, index) => {
    // One that is kept is still the first behind its multiple when others have gone.
    const before = good[index - 1]?.step ?? 0;
    const marked = keepEvery > 0 && Math.floor(candidate.step / keepEvery) > Math.floor(before / keepEvery);
    return candidate !== best && !marked && !pinned.has(candidate.step);
  });
}
