import { z } from "zod";
import type { ParameterMeta } from "../../parameters.ts";
import { parameter } from "../../parameters.ts";

type Meta = Omit<ParameterMeta, "group">;

const inGroup =
  (group: string) =>
  <T extends z.ZodType>(schema: T, meta: Meta): T =>
    parameter(schema, { ...meta, group });

const episode = inGroup("Users and tasks");
const emulator = inGroup("Foundation model and emulators");
const radio = inGroup("Radio");
const quality = inGroup("Perplexity");
const objective = inGroup("Reward");
const observation = inGroup("Observations");

/** Parameters of the emulator-tuning world; the paper's symbols are in the titles. */
export const emulatorTuningParameters = z.object({
  users: episode(z.int().min(1).max(64).default(6), {
    title: "Users N",
    unit: "",
    source: "paper",
    reason: "Section VI-A: 6 to 9",
    help: "Number of user devices; each does one task a step.",
  }),
  tasks: episode(z.int().min(1).max(10_000).default(50), {
    title: "Tasks T",
    unit: "",
    source: "paper",
    reason: "Section VI-A",
    help: "Tasks of every user in one episode, one a step; the episode truly ends after the last.",
  }),
  dataMin: episode(z.number().min(0.001).max(1e6).default(300), {
    title: "Least data size D",
    unit: "Mbit",
    source: "derived",
    reason: "Section VI-A prints MB; only as bits does Random's delay fit (bytes would need 212 bit/s/Hz)",
    help: "Lower end of the uniform distribution of a task's training data, uploaded when the server trains.",
  }),
  dataMax: episode(z.number().min(0.001).max(1e6).default(500), {
    title: "Greatest data size D",
    unit: "Mbit",
    source: "derived",
    reason: "Section VI-A prints MB; only as bits does Random's delay fit (bytes would need 212 bit/s/Hz)",
    help: "Upper end of the uniform distribution of a task's training data.",
  }),
  complexityMin: episode(z.number().min(0.01).max(1e6).default(10), {
    title: "Least task complexity c",
    unit: "",
    source: "derived",
    reason: "From Table I, Random: mean factor (c + 10) / c of about 1.53",
    help: "Lower end of the uniform distribution of task complexity.",
  }),
  complexityMax: episode(z.number().min(0.01).max(1e6).default(30), {
    title: "Greatest task complexity c",
    unit: "",
    source: "derived",
    reason: "From Table I, Random: mean factor (c + 10) / c of about 1.53",
    help: "Upper end of the uniform distribution of task complexity.",
  }),

  foundationModelSize: emulator(z.number().min(0.001).max(1e6).default(10.8), {
    title: "Foundation model size D_FM",
    unit: "Gbit",
    source: "derived",
    reason: "Section VI-A prints 10.8 GB (GPT-3 2.7B); read as bits, like the data sizes",
    help: "An emulator with retention E has E times this size.",
  }),
  retentionMin: emulator(z.number().min(0).max(1).default(0.2), {
    title: "Least retention E",
    unit: "",
    source: "paper",
    reason: "Section VI-A",
    help: "Smallest share of the foundation model's layers that an emulator keeps.",
  }),
  retentionMax: emulator(z.number().min(0).max(1).default(0.8), {
    title: "Greatest retention E",
    unit: "",
    source: "paper",
    reason: "Section VI-A",
    help: "Largest share of the foundation model's layers that an emulator keeps.",
  }),
  retentionStep: emulator(z.number().min(0).max(1).default(0.03), {
    title: "Retention step",
    unit: "",
    source: "assumed",
    reason: "With a continuous E, as printed, every local step is a switch",
    help: "Retentions are snapped to the least retention plus whole steps (21 levels by default); 0 = continuous, as printed.",
  }),

  uplinkBandwidth: radio(z.number().min(1).max(1e12).default(1e5), {
    title: "Uplink bandwidth W_u",
    unit: "Hz",
    source: "paper",
    reason: "Section VI-A",
    help: "Shared equally by the users whose task the server trains in this step (eq. 3).",
  }),
  downlinkBandwidth: radio(z.number().min(1).max(1e12).default(1e6), {
    title: "Downlink bandwidth W_d",
    unit: "Hz",
    source: "paper",
    reason: "Section VI-A",
    help: "Shared equally by the users that download an emulator in this step (eq. 7, its z = 1 read as z = 0).",
  }),
  downlinkPower: radio(z.number().min(1e-6).max(1e6).default(60), {
    title: "Downlink power P_d",
    unit: "W",
    source: "paper",
    reason: "Section VI-A",
    help: "Shared equally by the users that download an emulator in this step (eq. 7).",
  }),
  powerMin: radio(z.number().min(1e-6).max(1e6).default(0.2), {
    title: "Least uplink power p_u",
    unit: "W",
    source: "paper",
    reason: "Section VI-A: 200 mW",
    help: "Lower end of the uniform distribution of a user's transmission power, drawn once an episode.",
  }),
  powerMax: radio(z.number().min(1e-6).max(1e6).default(1), {
    title: "Greatest uplink power p_u",
    unit: "W",
    source: "paper",
    reason: "Section VI-A",
    help: "Upper end of the uniform distribution of a user's transmission power.",
  }),
  distanceMin: radio(z.number().min(1).max(1e5).default(50), {
    title: "Least distance",
    unit: "m",
    source: "assumed",
    reason: "Calibrated on Random at N = 6 together with reference loss and noise",
    help: "Lower end of the uniform distribution of a user's distance, drawn once an episode.",
  }),
  distanceMax: radio(z.number().min(1).max(1e5).default(300), {
    title: "Greatest distance",
    unit: "m",
    source: "assumed",
    reason: "Calibrated on Random at N = 6 together with reference loss and noise",
    help: "Upper end of the uniform distribution of a user's distance.",
  }),
  pathLossExponent: radio(z.number().min(0).max(6).default(2), {
    title: "Path loss exponent alpha",
    unit: "",
    source: "paper",
    reason: "Section VI-A",
    help: "The path gain falls with the distance to this power.",
  }),
  referenceLoss: radio(z.number().min(0).max(200).default(34.5), {
    title: "Reference loss at 1 m",
    unit: "dB",
    source: "assumed",
    reason: "Calibrated on Random at N = 6 together with distance and noise",
    help: "Path loss at a distance of one metre.",
  }),
  noiseDensity: radio(z.number().min(-250).max(0).default(-174), {
    title: "Noise density N0",
    unit: "dBm/Hz",
    source: "assumed",
    reason: "Thermal noise at room temperature; calibrated on Random at N = 6 together with distance and loss",
    help: "Noise power spectral density (sigma squared in eq. 2 and 6).",
  }),
  fadingSamples: radio(z.int().min(1).max(10_000).default(1), {
    title: "Fading samples a task",
    unit: "",
    source: "assumed",
    reason:
      "Section II speaks of the average gain of a task, Section VI-A of a coherence of 10 ms; neither gives a count",
    help: "A task's fading gain is the mean of this many independent Rayleigh power gains; 1 = no averaging.",
  }),

  perplexityQuadratic: quality(z.number().min(-1e6).max(1e6).default(25.2), {
    title: "Coefficient of E^2 in f",
    unit: "",
    source: "paper",
    reason: "Section VI-A: f = 25.2 E^2 - 43.1 E + 31.9",
    help: "Perplexity curve f of the retention, fitted by the authors.",
  }),
  perplexityLinear: quality(z.number().min(-1e6).max(1e6).default(-43.1), {
    title: "Coefficient of E in f",
    unit: "",
    source: "paper",
    reason: "Section VI-A: f = 25.2 E^2 - 43.1 E + 31.9",
    help: "Perplexity curve f of the retention, fitted by the authors.",
  }),
  perplexityConstant: quality(z.number().min(-1e6).max(1e6).default(31.9), {
    title: "Constant of f",
    unit: "",
    source: "paper",
    reason: "Section VI-A: f = 25.2 E^2 - 43.1 E + 31.9",
    help: "Perplexity curve f of the retention, fitted by the authors.",
  }),
  complexityWeight: quality(z.number().min(0).max(1e6).default(10), {
    title: "Complexity weight iota",
    unit: "",
    source: "paper",
    reason: "Section VI-A, which overrides eq. 9: kappa = f(E) (c + iota) / c",
    help: "How much harder a simple task (small c) makes the perplexity.",
  }),

  perplexityWeight: objective(z.number().min(-1e6).max(0).default(-0.092), {
    title: "Perplexity weight w_p",
    unit: "per step",
    source: "derived",
    reason: "Regression on the 12 rows of Table I (R2 0.993)",
    help: "Weight of the step's mean perplexity in the reward.",
  }),
  delayWeight: objective(z.number().min(-1e6).max(0).default(-0.00134), {
    title: "Delay weight w_d",
    unit: "per second",
    source: "derived",
    reason: "Regression on the 12 rows of Table I (R2 0.993)",
    help: "Weight of the step's latency (the slowest user's delay) in the reward.",
  }),

  gainOffset: observation(z.number().min(-1e3).max(1e3).default(8), {
    title: "Channel gain offset",
    unit: "",
    source: "assumed",
    reason: "Centres log10 h near 0 at these distances",
    help: "Channel gains are observed as log10 h plus this.",
  }),
  emptyCache: observation(z.number().min(-1e3).max(1e3).default(-2), {
    title: "Observation of an empty cache",
    unit: "",
    source: "assumed",
    reason: "Cached retentions are observed within -1 and 1; this value lies outside",
    help: "What an agent sees instead of a retention when a user caches no emulator yet.",
  }),
});

export type EmulatorTuningParameters = z.infer<typeof emulatorTuningParameters>;

const ORDERED = [
  ["dataMin", "dataMax"],
  ["complexityMin", "complexityMax"],
  ["retentionMin", "retentionMax"],
  ["powerMin", "powerMax"],
  ["distanceMin", "distanceMax"],
] as const;

/** Fills in defaults and checks ranges; throws a RangeError where two fields do not fit together. */
export function parseEmulatorTuningParameters(values: unknown): EmulatorTuningParameters {
  const parameters = emulatorTuningParameters.parse(values);
  for (const [low, high] of ORDERED) {
    if (parameters[low] > parameters[high]) {
      throw new RangeError(`${low} (${parameters[low]}) must not be greater than ${high} (${parameters[high]})`);
    }
  }
  const span = parameters.retentionMax - parameters.retentionMin;
  if (parameters.retentionStep > 0 && span > 0 && parameters.retentionStep > span * (1 + 1e-9)) {
    throw new RangeError(
      `retentionStep (${parameters.retentionStep}) must not be greater than retentionMax - retentionMin (${span})`,
    );
  }
  return parameters;
}
