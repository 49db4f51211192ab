import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { evaluate, playEpisodes } from "../../../lab/evaluation.ts";
import { defaults, type ParameterValues } from "../../../lab/parameters.ts";
import { emulatorTuning } from "../../../lab/scenarios/emulator-tuning/index.ts";
import { parseEmulatorTuningParameters } from "../../../lab/scenarios/emulator-tuning/parameters.ts";
import { radiusOf } from "../../../lab/scenarios/emulator-tuning/picture.ts";
import { FrameRecorder, type Picture } from "../../../lab/scenarios/picture.ts";
import { scenarios } from "../../../lab/scenarios/registry.ts";
import type { Scenario } from "../../../lab/scenarios/scenario.ts";
import { type Picture as ContractPicture, pictureSchema } from "../../../preload/contract/world.ts";

const pictured = scenarios.filter(({ picture }) => picture !== undefined);

/** Every frame of one episode, and the rewards of its steps. */
function play(scenario: Scenario, policyName: string, seed: number, set: ParameterValues = {}) {
  const parameters = { ...defaults(scenario.parameters), ...set };
  const picture = scenario.picture!(parameters);
  const world = scenario.create(parameters);
  const recorder = new FrameRecorder(picture.channels.length, 10_000, 8);
  const rewards: number[] = [];
  let metrics: number[] = [];
  playEpisodes(
    scenario,
    world,
    scenario.policies[policyName]!(parameters),
    seed,
    1,
    (_episode, values) => {
      metrics = [...values];
    },
    () => {
      if (recorder.count > 0) rewards.push(world.reward);
      recorder.add(world, recorder.count);
    },
  );
  const { count, values } = recorder.take();
  const place = new Map(picture.channels.map(({ id }, index) => [id, index]));
  const at = (frame: number, id: string) => {
    const index = place.get(id);
    if (index === undefined) throw new Error(`no channel ${id}`);
    return values[frame * picture.channels.length + index]!;
  };
  return { parameters, picture, count, values, rewards, metrics, at };
}

describe("pictures of worlds", () => {
  it("are what the contract carries", () => {
    expectTypeOf<Picture>().toEqualTypeOf<ContractPicture>();
    for (const scenario of pictured) {
      const picture = scenario.picture!(defaults(scenario.parameters));
      expect(pictureSchema.strict().parse(picture)).toEqual(picture);
    }
  });

  it("are there for HMPPO's world and two of the sanity worlds", () => {
    const ids = pictured.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(["emulator-tuning", "sanity/cartpole", "sanity/spread"]));
  });
});

describe.each(pictured.map((scenario) => [scenario.id, scenario] as const))("the picture of %s", (_, scenario) => {
  const parameters = defaults(scenario.parameters);
  const picture = scenario.picture!(parameters);
  const channels = picture.channels.length;

  it("names things, links and channels once, and only those that are there", () => {
    for (const list of [picture.channels, picture.nodes, picture.links, picture.areas]) {
      expect(new Set(list.map(({ id }) => id)).size).toBe(list.length);
    }
    const things = [...picture.nodes, ...picture.links].map(({ id }) => id);
    expect(new Set(things).size).toBe(things.length);
    const nodes = picture.nodes.map(({ id }) => id);
    const links = picture.links.map(({ id }) => id);
    for (const { from, to } of picture.links) expect(nodes).toEqual(expect.arrayContaining([from, to]));
    const used = [
      ...picture.world,
      ...picture.links.flatMap(({ colour, width, active, listed }) => [colour, width, active, ...listed]),
      ...picture.nodes.flatMap(({ level, tag, value, listed, shownBy }) => [level, tag, value, shownBy, ...listed]),
      ...picture.nodes.flatMap(({ at }) =>
        "x" in at ? [] : "link" in at ? [at.alongChannel] : [at.xChannel, at.yChannel],
      ),
    ];
    for (const channel of used) if (channel !== null) expect(picture.channels[channel]).toBeDefined();
    for (const { at, tag, level } of picture.nodes) {
      if ("link" in at) expect(links).toContain(at.link);
      // A thing that moves needs to know what the picture spans; a bar needs its ends.
      if ("xChannel" in at) {
        for (const channel of [at.xChannel, at.yChannel]) expect(picture.channels[channel]!.range).not.toBeNull();
      }
      if (tag !== null) expect(picture.channels[tag]!.labels.length).toBeGreaterThan(1);
      if (level !== null) expect(picture.channels[level]!.range).not.toBeNull();
    }
  });

  it("has finite numbers within their ranges in every frame of random episodes", () => {
    // Positions may leave the view; everything else that names its range keeps it.
    const places = new Set(picture.nodes.flatMap(({ at }) => ("xChannel" in at ? [at.xChannel, at.yChannel] : [])));
    for (const seed of [1, 2, 3]) {
      const { values, count } = play(scenario, "random", seed);
      expect(count).toBeGreaterThan(1);
      for (let i = 0; i < values.length; i++) {
        const { id, range, labels } = picture.channels[i % channels]!;
        const value = values[i]!;
        if (!Number.isFinite(value)) expect.fail(`${id} is ${value}`);
        if (labels.length > 0 && labels[value] === undefined) expect.fail(`${id} has no label ${value}`);
        if (range === null || places.has(i % channels)) continue;
        const slack = 1e-9 * Math.max(1, Math.abs(range[0]), Math.abs(range[1]));
        if (value < range[0] - slack || value > range[1] + slack) expect.fail(`${id} is ${value}, not in ${range}`);
      }
    }
  });

  it("is drawn without touching the world: same state, same trajectory", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 0, max: 7 }), (seed, drawn) => {
        const [seen, unseen] = [scenario.create(parameters), scenario.create(parameters)];
        const [one, two] = [scenario.policies.random!(parameters), scenario.policies.random!(parameters)];
        const frame = new Float64Array(channels + 2).fill(7);
        for (const [world, policy] of [[seen, one] as const, [unseen, two] as const]) {
          world.reset(seed);
          policy.reset(seed);
        }
        for (let t = 0; t < 8 && !seen.terminated && !seen.truncated; t++) {
          for (let i = 0; i < drawn; i++) seen.writePicture!(frame, 1);
          one.decide(seen);
          two.decide(unseen);
          seen.advance();
          unseen.advance();
        }
        const states = [seen, unseen].map((world) => {
          const state = new Float64Array(world.stateSize);
          world.saveState(state, 0);
          return state;
        });
        expect(states[0]).toEqual(states[1]);
        // Exactly the channels are written.
        expect([frame[0], frame[channels + 1]]).toEqual([7, 7]);
      }),
      { numRuns: 20 },
    );
  });
});

describe("the picture of HMPPO's world", () => {
  it.each(["random", "keep-best", "all-server"])("agrees with the world's own metrics under %s", (name) => {
    const { count, at, metrics, rewards, parameters, picture } = play(emulatorTuning, name, 1000);
    const p = parseEmulatorTuningParameters(parameters);
    const [reward, delayMinutes, perplexity, switches] = metrics as [number, number, number, number];
    let latencies = 0;
    let kappas = 0;
    let downloads = 0;
    for (let frame = 1; frame < count; frame++) {
      const each = (id: string) => Array.from({ length: p.users }, (_, n) => at(frame, `user-${n + 1}/${id}`));
      expect(at(frame, "step")).toBe(frame);
      expect(at(frame, "reward")).toBe(rewards[frame - 1]);
      expect(at(frame, "delay-term") + at(frame, "perplexity-term")).toBeCloseTo(at(frame, "reward"), 12);
      expect(at(frame, "latency")).toBe(Math.max(...each("delay")));
      expect(at(frame, "mean-perplexity")).toBeCloseTo(each("perplexity").reduce((a, b) => a + b) / p.users, 12);
      expect(at(frame, "uploads")).toBe(each("place").filter((place) => place === 2).length);
      expect(at(frame, "downloads")).toBe(each("downlink-share").filter((share) => share > 0).length);
      // Shares of all who send, and of all who fetch, make up the whole band.
      for (const [id, users] of [
        ["uplink-share", at(frame, "uploads")] as const,
        ["downlink-share", at(frame, "downloads")] as const,
      ]) {
        expect(each(id).reduce((a, b) => a + b)).toBeCloseTo(users > 0 ? 1 : 0, 12);
      }
      latencies += at(frame, "latency");
      kappas += at(frame, "mean-perplexity");
      downloads += at(frame, "downloads");
    }
    expect(count).toBe(p.tasks + 1);
    expect(at(count - 1, "total-reward")).toBe(reward);
    expect(at(count - 1, "total-delay")).toBe(delayMinutes);
    expect(latencies / 60).toBeCloseTo(delayMinutes, 9);
    expect(kappas / p.tasks).toBeCloseTo(perplexity, 9);
    expect(downloads).toBe(switches);
    expect(picture.nodes.filter(({ shape }) => shape === "user")).toHaveLength(p.users);
  });

  it("recomputes delay, rate and perplexity of a user from what the same frame lists", () => {
    const { count, at, parameters, picture } = play(emulatorTuning, "random", 7, { users: 9 });
    const p = parseEmulatorTuningParameters(parameters);
    const noise = 10 ** ((p.noiseDensity - 30) / 10);
    const kinds = { up: 0, down: 0, kept: 0 };
    for (let frame = 1; frame < count; frame++) {
      for (const { id: user } of picture.nodes.filter(({ shape }) => shape === "user")) {
        const of = (id: string) => at(frame, `${user}/${id}`);
        const gain = 10 ** (of("gain") / 10);
        const f = (e: number) => p.perplexityQuadratic * e * e + p.perplexityLinear * e + p.perplexityConstant;
        const trainedOn = of("place") === 2 ? 1 : of("cached");
        const kappa = (f(trainedOn) * (of("complexity") + p.complexityWeight)) / of("complexity");
        expect(of("perplexity")).toBeCloseTo(kappa, 9);
        if (of("uplink-share") > 0) {
          kinds.up++;
          const hertz = p.uplinkBandwidth * of("uplink-share");
          const rate = (hertz * Math.log2(1 + (of("power") * gain) / (noise * hertz))) / 1e6;
          expect(of("uplink-rate")).toBeCloseTo(rate, 9);
          expect(of("delay") / (of("data") / rate)).toBeCloseTo(1, 9);
        } else if (of("downlink-share") > 0) {
          kinds.down++;
          const hertz = p.downlinkBandwidth * of("downlink-share");
          const watts = p.downlinkPower * of("downlink-share");
          const rate = (hertz * Math.log2(1 + (watts * gain) / (noise * hertz))) / 1e6;
          expect(of("downlink-rate")).toBeCloseTo(rate, 9);
          expect(of("download")).toBeCloseTo(of("retention") * p.foundationModelSize, 9);
          expect(of("cached")).toBe(of("retention"));
          expect(of("delay") / ((1000 * of("download")) / rate)).toBeCloseTo(1, 9);
        } else {
          kinds.kept++;
          expect(of("delay")).toBe(0);
          expect(of("cached")).toBe(at(frame - 1, `${user}/cached`));
        }
      }
    }
    expect(Math.min(kinds.up, kinds.down, kinds.kept)).toBeGreaterThan(0);
  });

  it("begins with empty caches, nothing chosen and nothing passing, and tells the first task", () => {
    const { at, parameters } = play(emulatorTuning, "random", 3);
    const p = parseEmulatorTuningParameters(parameters);
    for (let n = 1; n <= p.users; n++) {
      for (const id of ["place", "retention", "cached", "delay", "uplink-share", "downlink-share"]) {
        expect(at(0, `user-${n}/${id}`)).toBe(0);
      }
      expect(at(0, `user-${n}/data`)).toBeGreaterThanOrEqual(p.dataMin);
      expect(at(0, `user-${n}/data`)).toBe(at(1, `user-${n}/data`));
    }
  });

  it("puts each user at its distance on the rings", () => {
    const { at, parameters, picture } = play(emulatorTuning, "random", 11);
    const p = parseEmulatorTuningParameters(parameters);
    for (let n = 1; n <= p.users; n++) {
      const distance = at(0, `user-${n}/distance`);
      const radius = Math.hypot(at(0, `user-${n}/x`) - 0.5, at(0, `user-${n}/y`) - 0.5);
      expect(radius).toBeCloseTo(radiusOf(p, distance) / 2, 12);
      // 10^(-L0/10) d^-alpha, before any fading.
      const gain = 10 ** (-p.referenceLoss / 10) * distance ** -p.pathLossExponent;
      expect(at(0, `user-${n}/gain`)).toBeCloseTo(10 * Math.log10(gain), 9);
    }
    expect(picture.areas.map(({ title }) => title)).toEqual(["300 m", "200 m", "100 m"]);
  });

  it("does not change what an evaluation gives", () => {
    const { metrics, parameters } = play(emulatorTuning, "random", 42);
    const { values } = evaluate(emulatorTuning, parameters, emulatorTuning.policies.random!(parameters), 1, 42);
    expect(values.map((column) => column[0])).toEqual(metrics);
  });
});

describe("a recorder of frames", () => {
  it("keeps what it was shown up to its limit, and begins again when cleared", () => {
    const { picture, values } = play(emulatorTuning, "keep-best", 5);
    const channels = picture.channels.length;
    const parameters = defaults(emulatorTuning.parameters);
    const world = emulatorTuning.create(parameters);
    const policy = emulatorTuning.policies["keep-best"]!(parameters);
    const recorder = new FrameRecorder(channels, 3, 1);
    world.reset(5);
    for (let t = 0; t < 5; t++) {
      recorder.add(world, t);
      policy.decide(world);
      world.advance();
    }
    expect(recorder.full).toBe(true);
    const taken = recorder.take();
    expect(taken).toEqual({ count: 3, steps: Float64Array.of(0, 1, 2), values: values.slice(0, 3 * channels) });
    recorder.clear();
    recorder.add(world, 5);
    expect(recorder.take().values).toEqual(values.slice(5 * channels, 6 * channels));
    expect(taken.count).toBe(3);
  });
});
