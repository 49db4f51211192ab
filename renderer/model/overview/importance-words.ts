/** What an importance means in words, so that nobody has to guess the method. */
import type { ImportanceReport, ParameterImportance } from "../../../lab/stats/importance.ts";

const level = 0.05;

/** The answer for one parameter; that it cannot be told from chance is one. */
export function importanceVerdict({ pAdjusted, correlation }: ParameterImportance, runs: number): string {
  if (pAdjusted >= level) return `not distinguishable from chance with n = ${runs}`;
  if (correlation === undefined) return "distinguishable from chance";
  const { estimate, low, high } = correlation;
  const two = (value: number) => value.toFixed(2).replace("-", "−");
  return `rank correlation ${two(estimate)} (95%: ${two(low)} to ${two(high)})`;
}

export function formatImportanceP(p: number): string {
  return p < 0.001 ? "< 0.001" : p.toFixed(p < 0.1 ? 3 : 2);
}

export function importanceCaption({ method, runs, cells, noise }: ImportanceReport, metric: string): string {
  const n = `${runs} runs in ${cells} ${cells === 1 ? "cell" : "cells"}`;
  const test = "p by permutation, Holm over the parameters.";
  if (method === "grid") {
    const seeds =
      noise === "removed"
        ? "the part that seeds alone make is taken off"
        : "one seed a cell, so the part that seeds make is still in them";
    return `Functional ANOVA of "${metric}" over the full grid (${n}): the share of the variance between cells that a parameter explains by itself; ${seeds}. "Together only" is what no single parameter explains. ${test}`;
  }
  return `No full grid (${n}), so by ranks of the cells' means, one parameter at a time: Spearman for numbers, Kruskal and Wallis for choices. It sees only what rises or falls throughout, and cannot tell apart parameters that vary together. ${test}`;
}
