import { describe, expect, it } from "vitest";
import { evaluate } from "../../../../lab/evaluation.ts";
import { defaults } from "../../../../lab/parameters.ts";
import { emulatorTuning } from "../../../../lab/scenarios/emulator-tuning/index.ts";
import { parseEmulatorTuningParameters } from "../../../../lab/scenarios/emulator-tuning/parameters.ts";
import { bestRetention } from "../../../../lab/scenarios/emulator-tuning/policies.ts";
import { mean } from "../../../../lab/stats/descriptive.ts";

function means(policy: string, users: number, episodes: number, set: Record<string, number> = {}) {
  const parameters = { ...defaults(emulatorTuning.parameters), users, ...set };
  const table = evaluate(emulatorTuning, parameters, emulatorTuning.policies[policy]!(parameters), episodes, 0);
  const [reward, delayMinutes, perplexity, switches] = table.values.map(mean) as [number, number, number, number];
  return { reward, delayMinutes, perplexity, switches };
}

const within = (share: number, value: number, reference: number) =>
  expect(Math.abs(value / reference - 1), `${value} against ${reference}`).toBeLessThan(share);

describe("built-in policies of emulator-tuning", () => {
  it("Random lies within 5% of the paper's row at N = 6, and at the calibrated figures", () => {
    const random = means("random", 6, 200);
    within(0.05, random.reward, -175.57);
    within(0.05, random.delayMinutes, 775.97);
    within(0.05, random.perplexity, 23.96);
    within(0.01, random.reward, -175.2);
    within(0.01, random.delayMinutes, 783);
    within(0.005, random.perplexity, 24.4);
    within(0.03, random.switches, 142.9); // 6 users, 25 local tasks, 20 of 21 levels are a change
  });

  it("Random at other N takes as long as the calibration predicts", () => {
    within(0.02, means("random", 7, 200).delayMinutes, 913);
    within(0.02, means("random", 8, 200).delayMinutes, 1038);
    within(0.02, means("random", 9, 200).delayMinutes, 1172);
  });

  it("keep-best downloads once a user and reaches the known figures at N = 6", () => {
    const best = means("keep-best", 6, 200);
    within(0.03, best.delayMinutes, 36);
    within(0.005, best.perplexity, 21);
    within(0.002, best.reward, -99.5);
    expect(best.switches).toBe(6);
  });

  it("keep-best-staggered spreads the downloads over two steps and is slightly better", () => {
    const staggered = means("keep-best-staggered", 6, 1000);
    const best = means("keep-best", 6, 1000);
    within(0.002, staggered.reward, -99.4);
    expect(staggered.switches).toBe(6);
    expect(staggered.delayMinutes).toBeLessThan(best.delayMinutes);
    expect(staggered.reward).toBeGreaterThan(best.reward);
  });

  it("all-server never downloads and has the perplexity of the whole model", () => {
    const server = means("all-server", 6, 100);
    expect(server.switches).toBe(0);
    // f(1) = 14 and E[(c + 10) / c] = 1 + ln(3) / 2 for c uniform on (10, 30).
    within(0.005, server.perplexity, 14 * (1 + Math.log(3) / 2));
  });

  it("run at every N from 6 to 9 and for one user, no policy above the best known one", () => {
    for (const users of [1, 6, 7, 8, 9]) {
      const best = means("keep-best", users, 30).reward;
      for (const policy of Object.keys(emulatorTuning.policies)) {
        expect(means(policy, users, 30).reward).toBeLessThanOrEqual(best + 0.5);
      }
    }
  });

  it("Random switches at every local step when the retention is continuous", () => {
    within(0.05, means("random", 6, 100, { retentionStep: 0 }).switches, 150);
  });

  it("keep the retention of least perplexity, which is 0.8 in the paper's range", () => {
    const best = (set: Record<string, number>) => bestRetention(parseEmulatorTuningParameters(set));
    expect(best({})).toBe(0.8);
    expect(best({ retentionStep: 0 })).toBe(0.8);
    expect(best({ retentionMax: 1, retentionStep: 0 })).toBeCloseTo(43.1 / 50.4, 12);
    expect(best({ retentionMax: 1, retentionStep: 0.1 })).toBeCloseTo(0.9, 12);
    expect(best({ retentionMax: 1, retentionStep: 0, perplexityQuadratic: -25.2 })).toBe(1);
  });
});
