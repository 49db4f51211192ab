import { existsSync, readFileSync } from "node:fs";

/**
 * `{ passed, failed, skipped }` of vitest's JSON report. A file that could not even be loaded counts as one failure, as
 * does a run that broke (`status` not 0, or no report) without a failed test.
 */
export function countResults(file, status) {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(readFileSync(file, "utf8"));
  const unloaded = report.testResults.filter(
    (result) => result.status === "failed" && result.assertionResults.every((test) => test.status !== "failed"),
  ).length;
  const failed = report.numFailedTests + unloaded;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
