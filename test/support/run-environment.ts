/**
 * What the test runner tells a test file, by the environment. A private channel of the two: what users may set stands in
 * topology/app/environment.ts.
 */
export const runEnvironment = {
  /** Where a file writes what passed, failed and was skipped. Unset: the file is run alone. */
  report: process.env.MILLRACE_TEST_REPORT || undefined,
  /** JSON of `SharedPart`s by name: the real parts of this run, or why there is none. */
  parts: process.env.MILLRACE_TEST_PARTS || undefined,
  /** In continuous integration what is missing fails, where else it is skipped. */
  ci: !['', '0', 'false', undefined].includes(process.env.CI),
} as const

/** One real part as the runner hands it to the files. */
export type SharedPart = { readonly url: string; readonly origin: string } | { readonly missing: string }

/** What one test file reports. */
export interface FileReport {
  passed: number
  failed: number
  /** Names of the failed tests, with the suite. */
  failures: string[]
  skipped: { name: string; reason: string }[]
}
