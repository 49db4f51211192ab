import { type ChildProcess, execFile } from "node:child_process";

/** Running time between two samples. */
const SAMPLE_SECONDS = 2;
const QUERY_MILLISECONDS = 5000;

/** A process on an NVIDIA GPU, as `nvidia-smi` tells it. */
export interface GpuUse {
  /** Of the whole GPU. */
  readonly percent: number;
  /** Of this process where the system tells it, else of the whole GPU. */
  readonly memoryBytes: number;
}

/**
 * What a run takes of the machine, recorded beside its learning curves every two seconds of running time. These numbers
 * depend on the machine and its other work: like `time/*`, a repetition has others.
 */
export class SystemMetrics {
  private readonly gpu: boolean;
  private sampledAt = Number.NEGATIVE_INFINITY;
  private processor = process.cpuUsage();
  private processorAt = performance.now();
  private gpuUse: GpuUse | undefined;
  private asking: ChildProcess | undefined;

  /** @param device that the run computes on; only `tensorflow-gpu` uses a GPU */
  constructor(device: string) {
    this.gpu = device === "tensorflow-gpu";
  }

  /**
   * Reports a sample when one is due; costs nothing measurable otherwise.
   * @param seconds running time
   */
  sample(seconds: number, report: (metric: string, value: number) => void): void {
    if (seconds - this.sampledAt < SAMPLE_SECONDS) return;
    this.sampledAt = seconds;
    const now = performance.now();
    const { user, system } = process.cpuUsage(this.processor);
    this.processor = process.cpuUsage();
    report("system/cpu_percent", (user + system) / 10 / (now - this.processorAt));
    this.processorAt = now;
    report("system/memory_bytes", process.memoryUsage.rss());
    if (!this.gpu) return;
    if (this.gpuUse !== undefined) {
      report("system/gpu_percent", this.gpuUse.percent);
      report("system/gpu_memory_bytes", this.gpuUse.memoryBytes);
    }
    this.ask();
  }

  /** Asks for the next sample's numbers of the GPU; the answer comes while the run trains on. */
  private ask(): void {
    if (this.asking !== undefined) return;
    this.asking = query("--query-gpu=index,uuid,utilization.gpu,memory.used", (gpus) => {
      this.asking = query("--query-compute-apps=pid,gpu_uuid,used_memory", (processes) => {
        this.asking = undefined;
        this.gpuUse = readGpuUse(gpus, processes, process.pid) ?? this.gpuUse;
      });
    });
  }

  /** A run that is done does not wait for an answer. */
  close(): void {
    this.asking?.kill();
  }
}

/** Calls back with what `nvidia-smi` says; "" when there is none or it fails. */
function query(fields: string, answer: (text: string) => void): ChildProcess {
  const words = [fields, "--format=csv,noheader,nounits"];
  const options = { timeout: QUERY_MILLISECONDS, windowsHide: true };
  return execFile("nvidia-smi", words, options, (error, text) => answer(error === null ? text : ""));
}

/**
 * The GPU that a process computes on, by the lines of `nvidia-smi`; the first GPU where the system does not tell whose
 * processes they are (a container). undefined when there is none.
 * @param gpus lines of index, uuid, utilisation in percent, memory in MiB
 * @param processes lines of pid, uuid of the GPU, memory in MiB
 */
export function readGpuUse(gpus: string, processes: string, pid: number): GpuUse | undefined {
  const own = rows(processes).find(([id]) => Number(id) === pid);
  const gpu = rows(gpus).find(([, uuid]) => own === undefined || uuid === own[1]);
  if (gpu === undefined) return undefined;
  const percent = Number(gpu[2]);
  const mebibytes = Number(own?.[2] ?? gpu[3]);
  if (Number.isNaN(percent) || Number.isNaN(mebibytes)) return undefined;
  return { percent, memoryBytes: mebibytes * 2 ** 20 };
}

function rows(text: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => line.split(",").map((cell) => cell.trim()));
}
