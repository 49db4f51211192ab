import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import readline from "node:readline";
import type { Contender } from "./contender.ts";

/** A tensor as the peers read it: base64 of its float32 values. */
export interface EncodedTensor {
  readonly shape: readonly number[];
  readonly data: string;
}

/** A work by its name, with the weights it starts from and its inputs. */
export interface Load {
  readonly load: string;
  readonly parameters: Readonly<Record<string, EncodedTensor>>;
  readonly inputs: Readonly<Record<string, EncodedTensor>>;
}

type Request = Load | { readonly check: true } | { readonly repeats: number };

interface Answer {
  readonly error?: string;
  readonly versions?: Readonly<Record<string, string>>;
  readonly threads?: number;
  readonly values?: readonly number[];
  readonly milliseconds?: number;
  readonly value?: number;
}

/** A peer in a process of its own, asked line by line (the protocol is told in server.py). */
export class Peer {
  readonly versions: Readonly<Record<string, string>>;
  private readonly child: ChildProcess;
  private readonly answers: AsyncIterator<string>;

  private constructor(child: ChildProcess, answers: AsyncIterator<string>, versions: Readonly<Record<string, string>>) {
    this.child = child;
    this.answers = answers;
    this.versions = versions;
  }

  /** Starts the peer; it is there once it has told its versions. What it writes to standard error is shown. */
  static async start(command: string, words: readonly string[], threads: number): Promise<Peer> {
    const env = { ...process.env, OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) };
    const child = spawn(command, words, { stdio: ["pipe", "pipe", "inherit"], env });
    await once(child, "spawn");
    // A peer that died is noticed by its missing answer.
    child.stdin?.on("error", () => {});
    const lines = readline.createInterface({ input: child.stdout as NodeJS.ReadableStream });
    const answers = lines[Symbol.asyncIterator]();
    const hello = await nextAnswer(answers);
    if (hello.threads !== threads) throw new Error(`a peer computes with ${hello.threads} threads, not ${threads}`);
    return new Peer(child, answers, hello.versions ?? {});
  }

  /** Gives the peer its work; it forgets the one before. */
  async load(work: Load): Promise<Contender> {
    await this.ask(work);
    return {
      check: async () => (await this.ask({ check: true })).values ?? [],
      time: async (repeats) => {
        const { milliseconds, value } = await this.ask({ repeats });
        if (milliseconds === undefined || !Number.isFinite(value)) {
          throw new Error(`${work.load}: the peer's result is ${value}`);
        }
        return milliseconds;
      },
    };
  }

  async stop(): Promise<void> {
    const gone = this.child.exitCode === null ? once(this.child, "exit") : undefined;
    this.child.stdin?.end();
    await gone;
  }

  private async ask(request: Request): Promise<Answer> {
    this.child.stdin?.write(`${JSON.stringify(request)}\n`);
    return nextAnswer(this.answers);
  }
}

async function nextAnswer(answers: AsyncIterator<string>): Promise<Answer> {
  const { done, value } = await answers.next();
  if (done) throw new Error("a peer ended before its answer; its own words are above");
  const answer = JSON.parse(value) as Answer;
  if (answer.error !== undefined) throw new Error(`a peer failed: ${answer.error}`);
  return answer;
}
