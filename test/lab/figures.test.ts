import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { recipeSchema } from "../../lab/figures.ts";
import { findLearner } from "../../lab/learners/registry.ts";
import { defaults } from "../../lab/parameters.ts";
import { findScenario } from "../../lab/scenarios/registry.ts";

const folder = new URL("../../resources/figures/", import.meta.url);
const read = (file: string) => recipeSchema.parse(JSON.parse(readFileSync(new URL(file, folder), "utf8")));
const table = read("hmppo-table-1.json");
const curves = read("hmppo-fig-2.json");

describe("figure recipes", () => {
  it("all parse, under the name of their id", () => {
    const files = readdirSync(folder);
    expect(files).toEqual(expect.arrayContaining(["hmppo-table-1.json", "hmppo-fig-2.json"]));
    for (const file of files) expect(`${read(file).id}.json`).toBe(file);
  });

  it("hold claims H1 to H6 once each, with level, seeds, tests and a full map to verdicts", () => {
    const claims = [...table.claims, ...curves.claims];
    expect(claims.map((claim) => claim.id).sort()).toEqual(["H1", "H2", "H3", "H4", "H5", "H6"]);
    for (const claim of claims) {
      expect(claim).toMatchObject({
        level: 0.05,
        minimumSeeds: 5,
        alsoWith: [{ replace: "hmppo", with: "hmppo-variant" }],
      });
      expect(claim.verdicts.map(({ verdict }) => verdict)).toEqual([
        "unreachable",
        "contradicted",
        "not run",
        "not distinguishable",
        "reproduced",
      ]);
    }
  });

  it("name scenarios, learners, policies, metrics and parameters that exist", () => {
    for (const recipe of [table, curves]) {
      const scenario = findScenario(recipe.scenario)!;
      const known = new Set(scenario.metrics.map((metric) => metric.id));
      expect(recipe.metrics.every((metric) => known.has(metric))).toBe(true);
      expect(scenario.parameters.shape).toHaveProperty(recipe.grid.parameter);
      for (const users of recipe.grid.values) scenario.create({ ...defaults(scenario.parameters), users });
      for (const series of recipe.series) {
        if (series.kind === "learner") {
          const learner = findLearner(series.learner)!;
          learner.parameters.parse({ ...defaults(learner.parameters), ...series.set });
          for (const name of Object.keys(series.set)) expect(learner.parameters.shape).toHaveProperty(name);
        } else {
          // The untrained network is made from a learner; every other policy is the scenario's.
          expect([...Object.keys(scenario.policies), "untrained"]).toContain(series.policy);
        }
      }
    }
  });

  it("hold all printed values of Table I", () => {
    expect(table.printed).toHaveLength(12);
    for (const row of table.printed) expect(Object.keys(row.values)).toEqual(["reward", "delay_minutes", "perplexity"]);
    const total = (metric: string) => table.printed.reduce((sum, row) => sum + row.values[metric]!, 0);
    // Sums of the printed columns, added up apart from the recipe.
    expect(total("reward")).toBeCloseTo(-251.71 - 374.59 - 809.71, 8);
    expect(total("delay_minutes")).toBeCloseTo(124.25 + 519.26 + 4427.04, 8);
    expect(total("perplexity")).toBeCloseTo(55.54 + 70.09 + 98.407, 8);
  });

  it("are refused when a reference leads nowhere", () => {
    const messages = (change: (recipe: typeof table) => void) => {
      const copy = structuredClone(table);
      change(copy);
      return recipeSchema.safeParse(copy).error?.issues.map((issue) => issue.message);
    };
    expect(messages(() => {})).toBeUndefined();
    const noSeries = messages((recipe) => {
      recipe.claims[0]!.tests[0]!.terms[0]!.series = "sac";
    });
    expect(noSeries).toEqual(["claim H1, hmppo-ippo: no series sac"]);
    const noCell = messages((recipe) => {
      recipe.printed[0]!.at = 5;
    });
    expect(noCell).toEqual(["printed: 5 is not in the grid"]);
    const nowhere = messages((recipe) => {
      recipe.claims[0]!.tests[0]!.each = undefined;
    });
    expect(nowhere).toEqual(Array(2).fill("claim H1, hmppo-ippo: a term has no grid value"));
    const learnerLimit = messages((recipe) => {
      recipe.limits[0]!.policy = "ippo";
    });
    expect(learnerLimit).toEqual(["limits: ippo is not a policy series"]);
    const noMetric = messages((recipe) => {
      recipe.marks.push({ kind: "bars", title: "x", metric: "speed" });
    });
    expect(noMetric).toEqual(["mark x: no metric speed"]);
  });
});
