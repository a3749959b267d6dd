/**
 * Reads the counts of a vitest JSON report. A run that failed for a reason other than a test (a file that does not
 * load, an unhandled error, no report) has at least one failure.
 *
 * @param {{ numPassedTests: number, numFailedTests: number } | undefined} report
 * @param {boolean} ok whether vitest said that all is well
 */
export function countTests(report, ok) {
  const passed = report?.numPassedTests ?? 0
  const failed = report?.numFailedTests ?? 0
  return { passed, failed: ok ? failed : Math.max(1, failed) }
}

/** @param {{ passed: number, failed: number }} counts */
export function lastLine({ passed, failed }) {
  return `${passed} passed, ${failed} failed`
}
