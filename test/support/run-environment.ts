/**
 * The settings that the test runner hands to a test file, by the environment. Only these two use them: the variables for
 * users are in topology/app/environment.ts.
 */
export const runEnvironment = {
  /** The file to which a test file writes its results: passed, failed, skipped. Unset: the test file is run alone. */
  report: process.env.MILLRACE_TEST_REPORT || undefined,
  /** JSON of `SharedPart`s by name: the real parts of this run, or the reason why there is none. */
  parts: process.env.MILLRACE_TEST_PARTS || undefined,
  /** In continuous integration a missing part is a failure; elsewhere its tests are skipped. */
  ci: !['', '0', 'false', undefined].includes(process.env.CI),
} as const

/** One real part as the runner hands it to the files. */
export type SharedPart = { readonly url: string; readonly origin: string } | { readonly missing: string }

/** The report of one test file. */
export interface FileReport {
  passed: number
  failed: number
  /** Names of the failed tests, with the suite. */
  failures: string[]
  skipped: { name: string; reason: string }[]
  /** Texts that the run shows, whatever came of the tests. */
  told: string[]
}
