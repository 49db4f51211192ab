/** Only gaps that are longer can be a sleep. */
const GAP_SECONDS = 30;
/** A process that computed at least this part of a gap was not asleep. */
const AWAKE_PART = 0.02;
/** How far apart the processor time is looked at; asking for it costs about a microsecond. */
const LOOK_SECONDS = 0.1;

/** Where time comes from, in seconds. */
export interface TimeSource {
  /** From a clock that nobody sets. */
  now(): number;
  /** Processor time that this process has taken. */
  processor(): number;
}

const system: TimeSource = {
  now: () => performance.now() / 1000,
  processor: () => {
    const { user, system: kernel } = process.cpuUsage();
    return (user + kernel) / 1e6;
  },
};

/**
 * Running time: what passes while the computer sleeps or the process is stopped does not count. Some systems' steady
 * clocks go on during sleep; a gap in which the process, which otherwise always computes, took no processor time is one.
 */
export class RunningClock {
  private readonly source: TimeSource;
  private readonly start: number;
  private slept = 0;
  /** Last reading; later ones than `looked` have not seen the processor time. */
  private last: number;
  private looked: number;
  private processor: number;

  constructor(source: TimeSource = system) {
    this.source = source;
    this.start = source.now();
    this.last = this.start;
    this.looked = this.start;
    this.processor = source.processor();
  }

  seconds(): number {
    const now = this.source.now();
    const gap = now - this.last;
    this.last = now;
    if (now - this.looked >= LOOK_SECONDS) {
      const processor = this.source.processor();
      const computed = processor - this.processor;
      if (gap > GAP_SECONDS && computed < AWAKE_PART * gap) this.slept += gap - computed;
      this.looked = now;
      this.processor = processor;
    }
    return now - this.start - this.slept;
  }
}
