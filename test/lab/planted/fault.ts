/** One replacement in one source file. */
export interface Edit {
  /** The file's path from the root of the repository. */
  readonly file: string
  /** Text that is exactly once in the file: an edit whose anchor is missing or not unique is refused. */
  readonly anchor: string
  readonly replacement: string
}

/**
 * A deliberate fault: production code with one of its rules taken away. It exists only as a patch of a copy of the sources,
 * which the checkers then have to see is broken.
 *
 * Shape: `{ name: 'undoWrites', breaks: 'A record that failed leaves no state behind.', file: 'topology/runtime/task-graph.ts',
 * anchor: 'table.rollback()', replacement: '' }`.
 */
export interface PlantedFault extends Edit {
  /** The fault's name on the command line, after the rule that it takes away. */
  readonly name: string
  /** The rule that no longer holds, in a sentence. C1 to C5 are the invariants of `commit.ts` and `task-opening.ts`. */
  readonly breaks: string
  /** Further edits, where one does not suffice. */
  readonly also?: readonly Edit[]
}

/** Every edit of a fault. */
export function editsOf({ file, anchor, replacement, also = [] }: PlantedFault): readonly Edit[] {
  return [{ file, anchor, replacement }, ...also]
}
