/**
 * Figure recipes: what a table or figure of a paper needs, what it printed, and how its claims are judged. A recipe is
 * data (`resources/figures/*.json`), written before the runs it judges.
 */
import { z } from "zod";

const parameterValues = z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]));

/** One line, bar group or table block: a learner (one run a seed) or a built-in policy (no training, no seeds). */
const seriesSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    id: z.string(),
    title: z.string(),
    kind: z.literal("learner"),
    learner: z.string(),
    set: parameterValues,
  }),
  z.strictObject({ id: z.string(), title: z.string(), kind: z.literal("policy"), policy: z.string() }),
]);

const markSchema = z.discriminatedUnion("kind", [
  /** Rows: series by grid value; columns: metrics. */
  z.strictObject({ kind: z.literal("table"), title: z.string(), metrics: z.array(z.string()).min(1) }),
  /** A metric's training evaluations over steps, every seed and the mean; policies as horizontal lines. */
  z.strictObject({ kind: z.literal("curves"), title: z.string(), metric: z.string(), at: z.number() }),
  /** A metric of the final evaluation over the grid, one bar a series, every seed as a dot. */
  z.strictObject({ kind: z.literal("bars"), title: z.string(), metric: z.string() }),
]);

/**
 * One weighted mean: `metric` of `series` at the grid value `at` (absent: the value that the test's `each` runs over).
 * Without `window` it is the final evaluation; with one, the mean of the training evaluations with
 * from <= step <= to.
 *
 * The unit of a learner's value is the training seed. Terms of the same series and grid value share their seeds and are
 * added seed by seed; terms of others are independent samples. A policy has no seeds: its mean over the same evaluation
 * worlds enters as a constant.
 */
const termSchema = z.strictObject({
  series: z.string(),
  at: z.number().optional(),
  metric: z.string(),
  window: z.tuple([z.number(), z.number()]).optional(),
  weight: z.number(),
});

/**
 * A weighted sum of means, tested with Welch's standard error and Satterthwaite's degrees of freedom
 * (`contrast` in lab/stats). Its p-values are adjusted by Holm over all tests of its `family`, of which those that
 * cannot be run count as p = 1.
 *
 * `positive`: the claim says that the sum is above 0. The test *holds* when the one-sided p-value is below the claim's
 * level, *fails* when that of the opposite side is, and is *open* otherwise.
 * `zero`: the claim prints the value at which the sum is 0. The test *fails* when the two-sided p-value is below the
 * level, and holds otherwise.
 */
const testSchema = z.strictObject({
  id: z.string(),
  statement: z.string(),
  family: z.string(),
  /** Grid values at which the test is made, one test each. */
  each: z.array(z.number()).min(1).optional(),
  terms: z.array(termSchema).min(1),
  expects: z.enum(["positive", "zero"]),
});

/** A printed number that no policy can reach: it needs the weighted sum of policies' means to be at least 0. */
const needSchema = z.strictObject({
  id: z.string(),
  reason: z.string(),
  each: z.array(z.number()).min(1).optional(),
  terms: z.array(termSchema).min(1),
});

export const claimVerdictSchema = z.enum([
  "reproduced",
  "contradicted",
  "not distinguishable",
  "unreachable",
  "not run",
]);
export type ClaimVerdict = z.infer<typeof claimVerdictSchema>;

/** What may be true of a claim's tests: a need is below 0, a test fails, lacks seeds, is open; or all hold. */
const outcomeSchema = z.enum(["a need is not met", "a test fails", "a test is missing", "a test is open", "all hold"]);

const claimSchema = z.strictObject({
  id: z.string(),
  /** As printed, with its place in the paper. */
  statement: z.string(),
  place: z.string(),
  /** Training seeds of every learner's cell below which a test counts as missing. */
  minimumSeeds: z.int().min(2),
  /** One-sided (`positive`) or two-sided (`zero`) level of each family of tests. */
  level: z.number().gt(0).lt(1),
  tests: z.array(testSchema).min(1),
  needs: z.array(needSchema),
  /** Judged once more with one series in the place of another and shown beside; the claim's own verdict is without. */
  alsoWith: z.array(z.strictObject({ replace: z.string(), with: z.string() })),
  /** Maps outcomes to the verdict: the first line whose outcome is the case. */
  verdicts: z.array(z.strictObject({ when: outcomeSchema, verdict: claimVerdictSchema })).min(1),
  notes: z.array(z.string()),
});

const recipeFields = z.strictObject({
  formatVersion: z.literal(1),
  id: z.string(),
  title: z.string(),
  paper: z.strictObject({ title: z.string(), place: z.string() }),
  scenario: z.string(),
  /** Size of every run. */
  preset: z.enum(["smoke", "small", "report", "paper"]),
  /** Training seeds of every learner's cell. */
  seeds: z.array(z.int().min(0)).min(1),
  /** The parameter that makes the cells. */
  grid: z.strictObject({ parameter: z.string(), values: z.array(z.number()).min(1) }),
  /** The final evaluation: greedy, the same worlds for every cell. */
  evaluation: z.strictObject({
    checkpoint: z.literal("last"),
    episodes: z.int().min(1),
    firstSeed: z.int().min(0),
  }),
  series: z.array(seriesSchema).min(1),
  metrics: z.array(z.string()).min(1),
  marks: z.array(markSchema).min(1),
  /** The paper's numbers. */
  printed: z.array(z.strictObject({ series: z.string(), at: z.number(), values: z.record(z.string(), z.number()) })),
  /** A printed value of `metric` better than this policy's mean cannot be reached under the paper's own formulas. */
  limits: z.array(z.strictObject({ metric: z.string(), policy: z.string(), reason: z.string() })),
  claims: z.array(claimSchema),
  notes: z.array(z.string()),
});

/** A recipe whose references (series, metrics, grid values) all exist. */
export const recipeSchema = recipeFields.superRefine((recipe, context) => {
  const series = new Map(recipe.series.map((entry) => [entry.id, entry.kind]));
  const metrics = new Set(recipe.metrics);
  const grid = new Set(recipe.grid.values);
  const report = (message: string) => context.addIssue({ code: "custom", message });
  const wantSeries = (id: string, where: string) => series.has(id) || report(`${where}: no series ${id}`);
  const wantMetric = (id: string, where: string) => metrics.has(id) || report(`${where}: no metric ${id}`);
  const wantCell = (at: number, where: string) => grid.has(at) || report(`${where}: ${at} is not in the grid`);

  for (const mark of recipe.marks) {
    const where = `mark ${mark.title}`;
    for (const metric of mark.kind === "table" ? mark.metrics : [mark.metric]) wantMetric(metric, where);
    if (mark.kind === "curves") wantCell(mark.at, where);
  }
  for (const { series: id, at, values } of recipe.printed) {
    wantSeries(id, "printed");
    wantCell(at, "printed");
    for (const metric of Object.keys(values)) wantMetric(metric, "printed");
  }
  for (const { metric, policy } of recipe.limits) {
    wantMetric(metric, "limits");
    if (series.get(policy) !== "policy") report(`limits: ${policy} is not a policy series`);
  }
  for (const claim of recipe.claims) {
    for (const { replace, with: other } of claim.alsoWith) {
      wantSeries(replace, `claim ${claim.id}`);
      wantSeries(other, `claim ${claim.id}`);
    }
    for (const entry of [...claim.tests, ...claim.needs]) {
      const where = `claim ${claim.id}, ${entry.id}`;
      for (const at of entry.each ?? []) wantCell(at, where);
      for (const term of entry.terms) {
        wantSeries(term.series, where);
        wantMetric(term.metric, where);
        if (term.at !== undefined) wantCell(term.at, where);
        if (term.at === undefined && entry.each === undefined) report(`${where}: a term has no grid value`);
      }
    }
    for (const need of claim.needs) {
      if (need.terms.some((term) => series.get(term.series) !== "policy")) {
        report(`claim ${claim.id}, ${need.id}: a need compares policies only`);
      }
    }
  }
});
export type Recipe = z.infer<typeof recipeSchema>;
export type Claim = z.infer<typeof claimSchema>;
