import type { Test as UvuTest } from 'uvu'
import { suite as uvuSuite } from 'uvu'

/** A suite that runs itself: no `.run()` to forget. */
export function suite(name: string, define: (test: UvuTest) => void): void {
  const test = uvuSuite(name)
  define(test)
  test.run()
}
