import { cpus } from "node:os";

/** Readings closer together than this would measure noise; they answer the last one again. */
const LEAST_MILLISECONDS = 1000;

interface Reading {
  readonly at: number;
  readonly busy: number;
  readonly all: number;
}

/** How busy all cores of the computer were between one question and the next. */
export class ProcessorUse {
  private last: Reading = read();
  private percent = 0;

  /** 0 to 100; 0 in the first second. */
  sinceLast(): number {
    const now = read();
    if (now.at - this.last.at >= LEAST_MILLISECONDS && now.all > this.last.all) {
      this.percent = (100 * (now.busy - this.last.busy)) / (now.all - this.last.all);
      this.last = now;
    }
    return this.percent;
  }
}

function read(): Reading {
  let all = 0;
  let idle = 0;
  for (const { times } of cpus()) {
    all += times.user + times.nice + times.sys + times.idle + times.irq;
    idle += times.idle;
  }
  return { at: performance.now(), busy: all - idle, all };
}
