import type { JournalWriter } from "../runs/journal.ts";

/** Collects the points of one iteration and hands them to the journal as columns. */
export class PointBatch {
  private readonly journal: JournalWriter;
  private readonly numbers = new Map<string, number>();
  private readonly metric: number[] = [];
  private readonly step: number[] = [];
  private readonly wallSeconds: number[] = [];
  private readonly value: number[] = [];

  constructor(journal: JournalWriter) {
    this.journal = journal;
  }

  add(metric: string, step: number, wallSeconds: number, value: number): void {
    let number = this.numbers.get(metric);
    if (number === undefined) {
      number = this.journal.declareMetric(metric);
      this.numbers.set(metric, number);
    }
    this.metric.push(number);
    this.step.push(step);
    this.wallSeconds.push(wallSeconds);
    this.value.push(value);
  }

  /** Appends all points as one record. */
  write(iteration: number): void {
    this.journal.points({
      metric: Uint16Array.from(this.metric),
      iteration: new Uint32Array(this.metric.length).fill(iteration),
      step: Float64Array.from(this.step),
      wallSeconds: Float64Array.from(this.wallSeconds),
      value: Float64Array.from(this.value),
    });
    for (const column of [this.metric, this.step, this.wallSeconds, this.value]) column.length = 0;
  }
}
