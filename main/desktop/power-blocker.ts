/** The two calls of Electron's `powerSaveBlocker` that are needed. */
interface Blockers {
  start(type: "prevent-app-suspension"): number;
  stop(id: number): boolean;
}

/** Keeps the computer awake while something works; never holds more than one of the system's blockers. */
export class PowerBlocker {
  private readonly blockers: Blockers;
  private held: number | undefined;

  constructor(blockers: Blockers) {
    this.blockers = blockers;
  }

  set(working: boolean): void {
    if (working) this.held ??= this.blockers.start("prevent-app-suspension");
    else if (this.held !== undefined) {
      this.blockers.stop(this.held);
      this.held = undefined;
    }
  }
}
