/** Whether the checkers saw that a copy of the sources is broken. */
export interface Finding {
  readonly fault: string
  readonly found: boolean
  /** The way it was seen, in a line: the seed and the problem, or the test file that failed. */
  readonly how: string
}
