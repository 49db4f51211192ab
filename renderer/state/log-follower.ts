import { LogLines } from "../model/log-lines.ts";
import { isWorking } from "../model/runs.ts";
import { bridge, session } from "./session.ts";

const firstBytes = 128 * 1024;
const pieceBytes = 512 * 1024;
const followMilliseconds = 1000;

/** One run's log from its end on: what is there now, what comes, and what was before on demand. */
export class LogFollower {
  readonly lines = new LogLines();
  private readonly run: string;
  private readonly listeners = new Set<() => void>();
  private begin = 0;
  private end: number | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;
  private busy = false;

  constructor(run: string) {
    this.run = run;
    void this.follow();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Bytes before the first line here. */
  get earlier(): number {
    return this.begin;
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  /** Reads what is new, now and again while the run goes on. */
  async follow(): Promise<void> {
    if (this.busy || this.closed) return;
    clearTimeout(this.timer);
    this.busy = true;
    for (let more = true; more && !this.closed; ) more = await this.readOn();
    this.busy = false;
    const run = session.get().runs.find(({ id }) => id === this.run);
    if (!this.closed && run !== undefined && isWorking(run)) {
      this.timer = setTimeout(() => void this.follow(), followMilliseconds);
    }
  }

  /** Reads a piece that lies before the first line. */
  async readEarlier(): Promise<void> {
    if (this.begin === 0) return;
    const from = Math.max(0, this.begin - pieceBytes);
    const answer = await bridge.call("runs.logFrom", { run: this.run, from, bytes: this.begin - from });
    if (this.closed || !answer.ok || answer.value.next !== this.begin) return;
    this.begin = answer.value.from;
    this.lines.prepend(answer.value.text);
    this.tell();
  }

  /** Answers whether there is more. */
  private async readOn(): Promise<boolean> {
    const from = this.end ?? -firstBytes;
    const answer = await bridge.call("runs.logFrom", { run: this.run, from, bytes: pieceBytes });
    if (this.closed || !answer.ok) return false;
    const { text, next, size } = answer.value;
    if (this.end === undefined || answer.value.from !== this.end) {
      // The first piece, or another log in place of the former one.
      this.lines.clear();
      this.begin = answer.value.from;
    }
    const grew = next !== this.end;
    this.end = next;
    this.lines.append(text);
    if (grew) this.tell();
    return text !== "" && next < size;
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
