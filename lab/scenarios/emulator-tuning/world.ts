import { RANDOM_STATE_SIZE, RandomStream } from "../../random.ts";
import type { AgentSpace, World } from "../scenario.ts";
import {
  distanceOf,
  noiseWattsPerHertz,
  pathGain,
  retentionLevels,
  retentionOfAction,
  shannonRate,
  taskPerplexity,
} from "./formulas.ts";
import type { EmulatorTuningParameters } from "./parameters.ts";
import { angleOf, LastStep, NOT_CHOSEN, ON_DEVICE, ON_SERVER, radiusOf } from "./picture.ts";

/** Agent that decides where each user's task is trained (z: 0 = on the device, 1 = on the server). */
export const CASE_AGENT = 0;
/** Agent that decides each user's emulator retention (E). */
export const EMULATOR_AGENT = 1;

const SERVER = 1;
/** Below every retention: a cache that holds no emulator yet. */
const EMPTY = -1;
/** The server trains with the whole foundation model. */
const WHOLE_MODEL = 1;
const BITS_PER_MBIT = 1e6;
const BITS_PER_GBIT = 1e9;
const SECONDS_PER_MINUTE = 60;
const STREAMS = ["fading", "data", "complexity"] as const;
/** t, terminated, reward and the four sums of the episode. */
const SCALARS = 7;
/** path gain, power, gain, data, complexity, cached emulator, case, wanted emulator. */
const ARRAYS = 8;

/**
 * Emulator-assisted mobile edge tuning (Yu, Chua, Zhao; Sections II, IV and VI-A): N users each do T tasks, one a step.
 * A task is trained on the server (upload its data) or on the device (download an emulator unless the wanted one is
 * cached). The reward weighs the users' mean perplexity and the slowest user's delay.
 *
 * All random draws are made at reset (distance, power) or once a step for every user (fading, data, complexity), each
 * from a stream of its own, whatever the actions.
 */
export class EmulatorTuningWorld implements World {
  readonly agents: readonly AgentSpace[];
  readonly truncated = false;
  readonly stateSize: number;
  reward = 0;
  terminated = false;

  private readonly p: EmulatorTuningParameters;
  private readonly noiseWPerHz: number;
  private readonly foundationBits: number;
  private readonly levels: number;

  private t = 0;
  private rewardSum = 0;
  private delaySumSeconds = 0;
  private perplexitySum = 0;
  private switches = 0;

  // One entry a user.
  private readonly pathGain: Float64Array;
  private readonly powerW: Float64Array;
  /** Gain of the present task within `advance`, of the one just finished, h(t-1), after it; at first the path gain. */
  private readonly gain: Float64Array;
  private readonly dataBits: Float64Array;
  private readonly complexity: Float64Array;
  private readonly cached: Float64Array;
  private readonly place: Float64Array;
  private readonly wanted: Float64Array;
  private readonly arrays: readonly Float64Array[];
  private readonly last: LastStep;

  private readonly distanceStream = new RandomStream(0, "distance");
  private readonly powerStream = new RandomStream(0, "power");
  private readonly fadingStream = new RandomStream(0, "fading");
  private readonly dataStream = new RandomStream(0, "data");
  private readonly complexityStream = new RandomStream(0, "complexity");

  constructor(parameters: EmulatorTuningParameters) {
    const n = parameters.users;
    this.p = parameters;
    this.noiseWPerHz = noiseWattsPerHertz(parameters.noiseDensity);
    this.foundationBits = parameters.foundationModelSize * BITS_PER_GBIT;
    this.levels = retentionLevels(parameters);
    this.pathGain = new Float64Array(n);
    this.powerW = new Float64Array(n);
    this.gain = new Float64Array(n);
    this.dataBits = new Float64Array(n);
    this.complexity = new Float64Array(n);
    this.cached = new Float64Array(n);
    this.place = new Float64Array(n);
    this.wanted = new Float64Array(n);
    this.last = new LastStep(n);
    this.arrays = [
      this.pathGain,
      this.powerW,
      this.gain,
      this.dataBits,
      this.complexity,
      this.cached,
      this.place,
      this.wanted,
    ];
    this.stateSize = SCALARS + ARRAYS * n + STREAMS.length * RANDOM_STATE_SIZE;
    this.agents = [
      {
        id: "case",
        observation: [
          { name: "channel gain", size: n },
          { name: "complexity", size: n },
          { name: "data size", size: n },
          { name: "cached emulator", size: n },
        ],
        action: { kind: "discrete", choices: new Array<number>(n).fill(2), masked: false },
      },
      {
        id: "emulator",
        observation: [
          { name: "cached emulator", size: n },
          { name: "case", size: n, earlierAction: true },
          { name: "complexity", size: n },
        ],
        action: { kind: "continuous", size: n },
      },
    ];
    this.reset(0);
  }

  get elapsed(): number {
    return this.t / this.p.tasks;
  }

  reset(seed: number): void {
    const p = this.p;
    this.distanceStream.reseed(seed, "distance");
    this.powerStream.reseed(seed, "power");
    this.fadingStream.reseed(seed, "fading");
    this.dataStream.reseed(seed, "data");
    this.complexityStream.reseed(seed, "complexity");
    this.t = 0;
    this.terminated = false;
    this.reward = 0;
    this.rewardSum = 0;
    this.delaySumSeconds = 0;
    this.perplexitySum = 0;
    this.switches = 0;
    for (let n = 0; n < p.users; n++) {
      const distanceM = this.distanceStream.uniform(p.distanceMin, p.distanceMax);
      this.pathGain[n] = pathGain(distanceM, p.pathLossExponent, p.referenceLoss);
      this.powerW[n] = this.powerStream.uniform(p.powerMin, p.powerMax);
      this.gain[n] = this.pathGain[n]!;
      this.cached[n] = EMPTY;
      this.place[n] = 0;
      this.wanted[n] = p.retentionMin;
    }
    this.drawTasks();
    this.last.clear();
    this.last.dataBits.set(this.dataBits);
    this.last.complexity.set(this.complexity);
  }

  observe(agent: number, out: Float32Array, offset: number): void {
    const p = this.p;
    const users = p.users;
    if (agent === CASE_AGENT) {
      for (let n = 0; n < users; n++) {
        out[offset + n] = Math.log10(this.gain[n]!) + p.gainOffset;
        out[offset + users + n] = centred(this.complexity[n]!, p.complexityMin, p.complexityMax);
        out[offset + 2 * users + n] = centred(this.dataBits[n]! / BITS_PER_MBIT, p.dataMin, p.dataMax);
        out[offset + 3 * users + n] = this.observedCache(n);
      }
    } else {
      for (let n = 0; n < users; n++) {
        out[offset + n] = this.observedCache(n);
        out[offset + users + n] = this.place[n]!;
        out[offset + 2 * users + n] = centred(this.complexity[n]!, p.complexityMin, p.complexityMax);
      }
    }
  }

  /** Throws a RangeError for an action that is not a number, or not 0 or 1 for a case. */
  act(agent: number, actions: Float32Array, offset: number): void {
    for (let n = 0; n < this.p.users; n++) {
      const action = actions[offset + n]!;
      if (agent === CASE_AGENT) {
        if (action !== 0 && action !== SERVER) throw new RangeError(`the case of user ${n} is 0 or 1, not ${action}`);
        this.place[n] = action;
      } else {
        if (Number.isNaN(action)) throw new RangeError(`the emulator action of user ${n} is not a number`);
        this.wanted[n] = retentionOfAction(this.p, this.levels, action);
      }
    }
  }

  /** Throws when the episode is over. */
  advance(): void {
    if (this.terminated) throw new Error("the episode is over: reset the world first");
    const p = this.p;
    const users = p.users;
    let uploads = 0;
    let downloads = 0;
    for (let n = 0; n < users; n++) {
      if (this.place[n] === SERVER) uploads++;
      else if (this.wanted[n] !== this.cached[n]) downloads++; // eq. 4
    }
    // Equal shares (eq. 3 and 7); nobody uses a share when its count is 0.
    const uplinkHz = p.uplinkBandwidth / uploads;
    const downlinkHz = p.downlinkBandwidth / downloads;
    const downlinkW = p.downlinkPower / downloads;

    this.drawGains();
    const { last } = this;
    last.dataBits.set(this.dataBits);
    last.complexity.set(this.complexity);
    let latencySeconds = 0;
    let perplexity = 0;
    for (let n = 0; n < users; n++) {
      const gain = this.gain[n]!;
      let delaySeconds = 0;
      let retention = WHOLE_MODEL;
      last.uplinkShare[n] = 0;
      last.downlinkShare[n] = 0;
      if (this.place[n] === SERVER) {
        last.uplinkShare[n] = 1 / uploads;
        delaySeconds = this.dataBits[n]! / shannonRate(uplinkHz, this.powerW[n]!, gain, this.noiseWPerHz); // eq. 1
      } else {
        retention = this.wanted[n]!;
        if (retention !== this.cached[n]) {
          const rate = shannonRate(downlinkHz, downlinkW, gain, this.noiseWPerHz);
          delaySeconds = (retention * this.foundationBits) / rate; // eq. 5
          this.cached[n] = retention;
          last.downlinkShare[n] = 1 / downloads;
        }
      }
      if (delaySeconds > latencySeconds) latencySeconds = delaySeconds;
      const kappa = taskPerplexity(p, retention, this.complexity[n]!);
      perplexity += kappa;
      last.delaySeconds[n] = delaySeconds;
      last.perplexity[n] = kappa;
    }
    last.latencySeconds = latencySeconds;
    last.meanPerplexity = perplexity / users;
    last.uploads = uploads;
    last.downloads = downloads;
    this.reward = p.perplexityWeight * (perplexity / users) + p.delayWeight * latencySeconds;
    this.rewardSum += this.reward;
    this.delaySumSeconds += latencySeconds;
    this.perplexitySum += perplexity;
    this.switches += downloads;
    this.t++;
    this.terminated = this.t === p.tasks;
    this.drawTasks();
  }

  readMetrics(out: Float64Array): void {
    out[0] = this.rewardSum;
    out[1] = this.delaySumSeconds / SECONDS_PER_MINUTE;
    out[2] = this.t === 0 ? 0 : this.perplexitySum / (this.t * this.p.users);
    out[3] = this.switches;
  }

  /**
   * Layout: t, terminated, reward, sums (reward, delay in s, perplexity, switches); then N numbers each of path gain,
   * power (W), last gain, data (bit), complexity, cached emulator (-1 = none), case, wanted emulator; then the streams
   * of fading, data and complexity.
   */
  saveState(out: Float64Array, offset: number): void {
    out[offset] = this.t;
    out[offset + 1] = this.terminated ? 1 : 0;
    out[offset + 2] = this.reward;
    out[offset + 3] = this.rewardSum;
    out[offset + 4] = this.delaySumSeconds;
    out[offset + 5] = this.perplexitySum;
    out[offset + 6] = this.switches;
    let at = offset + SCALARS;
    for (const array of this.arrays) {
      out.set(array, at);
      at += array.length;
    }
    at = this.fadingStream.save(out, at);
    at = this.dataStream.save(out, at);
    this.complexityStream.save(out, at);
  }

  loadState(from: Float64Array, offset: number): void {
    this.t = from[offset]!;
    this.terminated = from[offset + 1] === 1;
    this.reward = from[offset + 2]!;
    this.rewardSum = from[offset + 3]!;
    this.delaySumSeconds = from[offset + 4]!;
    this.perplexitySum = from[offset + 5]!;
    this.switches = from[offset + 6]!;
    let at = offset + SCALARS;
    for (const array of this.arrays) {
      array.set(from.subarray(at, at + array.length));
      at += array.length;
    }
    at = this.fadingStream.load(from, at);
    at = this.dataStream.load(from, at);
    this.complexityStream.load(from, at);
  }

  /** In the order of `emulatorTuningPicture`: the world's channels, then each user's. */
  writePicture(out: Float64Array, offset: number): void {
    const { p, last } = this;
    const chosen = this.t > 0;
    let at = offset;
    out[at++] = this.t;
    out[at++] = this.reward;
    out[at++] = p.delayWeight * last.latencySeconds;
    out[at++] = p.perplexityWeight * last.meanPerplexity;
    out[at++] = last.latencySeconds;
    out[at++] = last.meanPerplexity;
    out[at++] = last.uploads;
    out[at++] = last.downloads;
    out[at++] = this.delaySumSeconds / SECONDS_PER_MINUTE;
    out[at++] = this.rewardSum;
    for (let n = 0; n < p.users; n++) {
      const distanceM = distanceOf(this.pathGain[n]!, p);
      const angle = angleOf(p.users, n);
      const radius = radiusOf(p, distanceM) / 2;
      const seconds = last.delaySeconds[n]!;
      const uploadedBits = last.uplinkShare[n]! > 0 ? last.dataBits[n]! : 0;
      const downloadedBits = last.downlinkShare[n]! > 0 ? this.cached[n]! * this.foundationBits : 0;
      out[at++] = 0.5 + radius * Math.cos(angle);
      out[at++] = 0.5 + radius * Math.sin(angle);
      out[at++] = chosen ? (this.place[n] === SERVER ? ON_SERVER : ON_DEVICE) : NOT_CHOSEN;
      out[at++] = chosen ? this.wanted[n]! : 0;
      out[at++] = this.cached[n] === EMPTY ? 0 : this.cached[n]!;
      out[at++] = seconds;
      out[at++] = last.perplexity[n]!;
      out[at++] = last.dataBits[n]! / BITS_PER_MBIT;
      out[at++] = last.complexity[n]!;
      out[at++] = 10 * Math.log10(this.gain[n]!);
      out[at++] = distanceM;
      out[at++] = this.powerW[n]!;
      out[at++] = last.uplinkShare[n]!;
      out[at++] = uploadedBits > 0 ? uploadedBits / seconds / BITS_PER_MBIT : 0;
      out[at++] = last.downlinkShare[n]!;
      out[at++] = downloadedBits > 0 ? downloadedBits / seconds / BITS_PER_MBIT : 0;
      out[at++] = downloadedBits / BITS_PER_GBIT;
    }
  }

  /** Data size and complexity of every user's next task. */
  private drawTasks(): void {
    const p = this.p;
    for (let n = 0; n < p.users; n++) {
      this.dataBits[n] = this.dataStream.uniform(p.dataMin, p.dataMax) * BITS_PER_MBIT;
      this.complexity[n] = this.complexityStream.uniform(p.complexityMin, p.complexityMax);
    }
  }

  /** Gain of every user's task: the path's, times Rayleigh power gains (exponential, mean 1) averaged over the samples. */
  private drawGains(): void {
    const { users, fadingSamples } = this.p;
    for (let n = 0; n < users; n++) {
      let sum = 0;
      for (let i = 0; i < fadingSamples; i++) sum += this.fadingStream.exponential();
      this.gain[n] = this.pathGain[n]! * (sum / fadingSamples);
    }
  }

  private observedCache(n: number): number {
    const cached = this.cached[n]!;
    return cached === EMPTY ? this.p.emptyCache : centred(cached, this.p.retentionMin, this.p.retentionMax);
  }
}

/** -1 at the range's low end, 1 at its high end; 0 throughout an empty range. */
function centred(value: number, low: number, high: number): number {
  return high > low ? (2 * value - low - high) / (high - low) : 0;
}
