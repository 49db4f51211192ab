/** A span of the workspace's memory, in bytes. */
export interface Place {
  readonly address: number;
  readonly bytes: number;
}

/** What an instruction touches: for each worker the spans from an address up to another, empty ones left out. */
interface Access {
  readonly write: boolean;
  readonly spans: readonly { readonly worker: number; readonly from: number; readonly end: number }[];
}

/** Kernels store whole vectors and may so write a little behind the end of a tensor. */
const OVERHANG_BYTES = 16;

/** Where the part of a worker begins; the same function is in assembly/crew.ts. */
function partOf(count: number, unit: number, worker: number, workers: number): number {
  return Math.min(count, Math.floor((Math.ceil(count / unit) * worker) / workers) * unit);
}

/** How the parts of an instruction's work lie in the memory that it touches. */
export interface Share {
  /** Rows, values or examples that the instruction goes through. */
  readonly count: number;
  /** The parts of the workers begin at multiples of this. */
  readonly unit: number;
  /** Memory in `count` equal pieces, of which a worker reads, or also writes, those of its part alone. */
  readonly own: readonly (Place & { readonly write: boolean })[];
  /** Memory that each worker may read anywhere. */
  readonly reads: readonly Place[];
  /** Memory in which each worker writes its part, not in one piece. */
  readonly writes: readonly Place[];
}

/**
 * Finds where the workers of a program have to meet: before an instruction in which a worker touches memory that
 * another one has written, or writes what another one has touched, since they met last.
 */
export class Meetings {
  private readonly workers: number;
  private readonly since: Access[] = [];
  /** Meetings found so far. */
  count = 0;

  constructor(workers: number) {
    this.workers = workers;
  }

  /** Whether the workers have to meet before an instruction that they share. */
  beforeShared({ count, unit, own, reads, writes }: Share): boolean {
    const parts = own.map(({ address, bytes, write }): Access => {
      const piece = bytes / count;
      const edge = (worker: number) => partOf(count, unit, worker, this.workers) * piece;
      const spans = this.all((worker) => {
        const last = worker + 1 === this.workers;
        return [address + edge(worker), address + edge(worker + 1) + (last ? OVERHANG_BYTES : 0)];
      });
      return { write, spans };
    });
    const whole = (write: boolean) => (place: Place) => ({ write, spans: this.all(() => spanOf(place)) });
    return this.before([...parts, ...reads.map(whole(false)), ...writes.map(whole(true))]);
  }

  /** Whether the workers have to meet before an instruction that the first one runs alone. */
  beforeAlone(reads: readonly Place[], writes: readonly Place[]): boolean {
    const access = (write: boolean) => (place: Place) => {
      const [from, end] = spanOf(place);
      return { write, spans: [{ worker: 0, from, end }] };
    };
    return this.before([...reads.map(access(false)), ...writes.map(access(true))]);
  }

  private all(span: (worker: number) => readonly [from: number, end: number]): Access["spans"] {
    const spans = Array.from({ length: this.workers }, (_, worker) => {
      const [from, end] = span(worker);
      return { worker, from, end };
    });
    return spans.filter(({ from, end }) => from < end);
  }

  private before(accesses: readonly Access[]): boolean {
    const meet = accesses.some((access) => this.since.some((earlier) => conflict(earlier, access)));
    if (meet) {
      this.since.length = 0;
      this.count++;
    }
    this.since.push(...accesses);
    return meet;
  }
}

function spanOf({ address, bytes }: Place): readonly [from: number, end: number] {
  return [address, address + bytes + OVERHANG_BYTES];
}

function conflict(a: Access, b: Access): boolean {
  if (!a.write && !b.write) return false;
  return a.spans.some((x) => b.spans.some((y) => x.worker !== y.worker && x.from < y.end && y.from < x.end));
}
