// Prints the line that sums a test run up; fails when the report is missing, empty or tells of a failure.
import { readFileSync } from "node:fs";

const [, , path] = process.argv;
const { numPassedTests, numFailedTests, numTotalTests, numFailedTestSuites } = JSON.parse(readFileSync(path, "utf8"));
const failed = numFailedTests === 0 && numFailedTestSuites > 0 ? numFailedTestSuites : numFailedTests;
process.stdout.write(`${numPassedTests} passed, ${failed} failed\n`);
process.exit(failed > 0 || numTotalTests === 0 || numPassedTests === 0 ? 1 : 0);
