/**
 * Our speed beside that of eager PyTorch, Stable-Baselines3 and TensorFlow.js: the same work from the same weights, in
 * turns in one run. `node test/bench/peers.ts [id ..]` prints a table.
 */
import { fileURLToPath } from "node:url";
import type { Comparison } from "./benchmark.ts";
import { CARTPOLE_STEPS, cartPoleTraining } from "./peers/cartpole.ts";
import { type Contender, compare, measureAlone } from "./peers/contender.ts";
import { NoPeers, peerPython } from "./peers/environment.ts";
import { type Load, Peer } from "./peers/process.ts";
import { attention, gru, mlp, policyStep, ppoMinibatch, type Work } from "./peers/works.ts";
import { fastest, openWorkspace } from "./workspace.ts";

type PeerKind = "PyTorch" | "Stable-Baselines3" | "tfjs-wasm";

interface Row {
  readonly id: string;
  readonly peer: PeerKind;
  readonly threads: number;
  readonly work: () => { readonly load: Load; readonly ours: () => Contender };
  /** Throws when the two sides do not do the same. */
  readonly agree: (id: string, ours: readonly number[], peer: readonly number[]) => void;
  readonly unit: string;
  /** From milliseconds a call to {@link unit}. */
  readonly convert: (milliseconds: number) => number;
  readonly atLeast?: number;
  readonly aim?: number;
}

const BYTES = 256 * 1024 * 1024;
/** Of the losses of the first updates, or of the logits, in float32 on both sides. */
const RELATIVE_TOLERANCE = 1e-4;
/** A training that learned keeps the pole up for longer than this at its end; a random policy for 22 steps. */
const LEARNED_STEPS = 60;

const onKernels =
  (make: () => Work, threads = 1) =>
  () => {
    const work = make();
    return { load: work.load, ours: () => work.ours(openWorkspace(fastest, { bytes: BYTES, threads })) };
  };
const milliseconds = { unit: "ms", convert: (ms: number) => ms, agree: sameNumbers };

const rows: readonly Row[] = [
  {
    id: "ppo-minibatch",
    peer: "PyTorch",
    threads: 1,
    work: onKernels(ppoMinibatch),
    ...milliseconds,
    atLeast: 5,
    aim: 10,
  },
  {
    id: "policy-step",
    peer: "PyTorch",
    threads: 1,
    work: onKernels(policyStep),
    agree: sameNumbers,
    unit: "us",
    convert: (ms) => 1000 * ms,
    atLeast: 40,
  },
  {
    id: "mlp-h256-b256",
    peer: "PyTorch",
    threads: 2,
    work: onKernels(() => mlp("mlp-h256-b256", [256, 256], "tanh"), 2),
    ...milliseconds,
    atLeast: 0.7,
    aim: 0.9,
  },
  {
    id: "mlp-5x700-b256",
    peer: "tfjs-wasm",
    threads: 1,
    work: onKernels(() => mlp("mlp-5x700-b256", [700, 700, 700, 700, 700], "relu")),
    ...milliseconds,
    atLeast: 12,
  },
  { id: "gru-64", peer: "PyTorch", threads: 1, work: onKernels(gru), ...milliseconds, atLeast: 2, aim: 4 },
  { id: "attention-50", peer: "PyTorch", threads: 1, work: onKernels(attention), ...milliseconds, aim: 2 },
  {
    id: "ppo-cartpole",
    peer: "Stable-Baselines3",
    threads: 1,
    work: () => ({ load: { load: "ppo-cartpole", parameters: {}, inputs: {} }, ours: cartPoleTraining }),
    agree: bothLearned,
    unit: "steps/s",
    convert: (ms) => (1000 * CARTPOLE_STEPS) / ms,
    atLeast: 15,
    aim: 20,
  },
];

function sameNumbers(id: string, ours: readonly number[], peer: readonly number[]): void {
  const same = (a: number, b: number) => Math.abs(a - b) <= RELATIVE_TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
  if (ours.length === 0 || ours.length !== peer.length || !ours.every((value, i) => same(value, peer[i] as number))) {
    throw new Error(`${id}: the peer does other work: ours gives ${ours.join(", ")}, the peer ${peer.join(", ")}`);
  }
}

function bothLearned(id: string, ours: readonly number[], peer: readonly number[]): void {
  for (const [who, lengths] of Object.entries({ ours, peer })) {
    const [length = 0] = lengths;
    if (!(length > LEARNED_STEPS)) throw new Error(`${id}: ${who} kept the pole up for ${length} steps only`);
  }
}

/** Peers that run, by what they were started with; an idle one waits for its next line and computes nothing. */
class Peers {
  private readonly running = new Map<string, Peer>();

  /** @throws NoPeers where this kind cannot be had. */
  async find(kind: PeerKind, threads: number): Promise<Peer> {
    const script = kind === "tfjs-wasm" ? "tfjs.mjs" : "server.py";
    const key = `${script} ${threads}`;
    const known = this.running.get(key);
    if (known) return known;
    const command = kind === "tfjs-wasm" ? process.execPath : peerPython();
    const file = fileURLToPath(new URL(`peers/${script}`, import.meta.url));
    const peer = await Peer.start(command, [file, String(threads)], threads);
    this.running.set(key, peer);
    return peer;
  }

  async stop(): Promise<void> {
    for (const peer of this.running.values()) await peer.stop();
  }
}

/** `PyTorch 2.9.1, 1 thread`; the peer's version is known once it runs. */
function opponent({ peer, threads }: Row, version = ""): string {
  return `${[peer, version].join(" ").trim()}, ${threads === 1 ? "1 thread" : `${threads} threads each`}`;
}

async function measure(row: Row, peers: Peers): Promise<Comparison> {
  const { id, unit, convert, atLeast, aim } = row;
  const { load, ours } = row.work();
  const our = ours();
  const values = await our.check();
  try {
    const peer = await peers.find(row.peer, row.threads);
    const their = await peer.load(load);
    row.agree(id, values, await their.check());
    const medians = await compare(our, their);
    const [mine, theirs] = [convert(medians.ours), convert(medians.peer)];
    const against = opponent(row, peer.versions[row.peer]);
    return { id, ours: mine, peer: theirs, unit, ratio: medians.peer / medians.ours, atLeast, aim, against };
  } catch (error) {
    if (!(error instanceof NoPeers)) throw error;
    const mine = convert(await measureAlone(our));
    const [against, note] = [opponent(row), error.message];
    return { id, ours: mine, peer: null, unit, ratio: null, atLeast, aim, against, note };
  }
}

/** Some five minutes, once the peers are installed. */
export async function peerBenchmarks(ids: readonly string[] = rows.map(({ id }) => id)): Promise<Comparison[]> {
  const peers = new Peers();
  const results: Comparison[] = [];
  try {
    for (const row of rows) if (ids.includes(row.id)) results.push(await measure(row, peers));
  } finally {
    await peers.stop();
  }
  return results;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const ids = process.argv.slice(2);
  console.table(await peerBenchmarks(ids.length > 0 ? ids : undefined));
}
