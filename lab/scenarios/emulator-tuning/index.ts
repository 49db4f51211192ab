import type { ParameterValues } from "../../parameters.ts";
import type { Policy, Scenario } from "../scenario.ts";
import type { EmulatorTuningParameters } from "./parameters.ts";
import { emulatorTuningParameters, parseEmulatorTuningParameters } from "./parameters.ts";
import { emulatorTuningPicture } from "./picture.ts";
import { allServerPolicy, keepBestPolicy, keepBestStaggeredPolicy, randomPolicy } from "./policies.ts";
import { EmulatorTuningWorld } from "./world.ts";

const policy = (make: (parameters: EmulatorTuningParameters) => Policy) => (values: ParameterValues) =>
  make(parseEmulatorTuningParameters(values));

export const emulatorTuning: Scenario = {
  id: "emulator-tuning",
  version: 1,
  title: "Emulator-assisted mobile edge tuning",
  summary:
    "Users fine-tune a foundation model task by task, on the server (upload the data) or on the device (download a " +
    "compressed emulator); two agents trade perplexity against delay. After Yu, Chua and Zhao (HMPPO).",
  parameters: emulatorTuningParameters,
  metrics: [
    { id: "reward", title: "Episode reward", unit: "", better: "higher" },
    { id: "delay_minutes", title: "Total delay", unit: "min", better: "lower" },
    { id: "perplexity", title: "Mean perplexity", unit: "", better: "lower" },
    { id: "switches", title: "Emulator switches", unit: "", better: "lower" },
  ],
  create: (values) => new EmulatorTuningWorld(parseEmulatorTuningParameters(values)),
  policies: {
    random: policy(randomPolicy),
    "keep-best": policy(keepBestPolicy),
    "keep-best-staggered": policy(keepBestStaggeredPolicy),
    "all-server": policy(allServerPolicy),
  },
  picture: (values) => emulatorTuningPicture(parseEmulatorTuningParameters(values)),
};
