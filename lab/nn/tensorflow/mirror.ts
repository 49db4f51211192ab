import type { Shape } from "../ops.ts";
import type { DeviceTensor, Tensorflow } from "./site.ts";

/** Values that outlive a run, on the host and on the device. Whichever side was written last has the truth. */
export class Mirror {
  readonly host: Float32Array;
  private readonly tf: Tensorflow;
  private tensor: DeviceTensor | undefined;
  private newer: "host" | "device" | "neither" = "host";

  constructor(tf: Tensorflow, size: number) {
    this.tf = tf;
    this.host = new Float32Array(size);
  }

  /** The device's values; uploads the host's when those are newer. */
  onDevice(shape: Shape): DeviceTensor {
    if (this.tensor === undefined || this.newer === "host") {
      // A copy: backends may keep the array that they are given.
      this.replace(this.tf.tensor(this.host.slice(), [...shape], "float32"));
      this.newer = "neither";
    }
    return this.tensor as DeviceTensor;
  }

  /** Takes over new values of the same shape. */
  replace(tensor: DeviceTensor): void {
    this.tensor?.dispose();
    this.tensor = this.tf.keep(tensor);
    this.newer = "device";
  }

  /** Brings the host's values up to date. */
  pull(): void {
    if (this.newer !== "device") return;
    this.host.set((this.tensor as DeviceTensor).dataSync<"float32">());
    this.newer = "neither";
  }

  /** Somebody may have written the host's values. */
  hostWritten(): void {
    this.newer = "host";
  }
}
