import { FatalError } from '../../../topology/definition/errors.ts'
import type { Edit } from './fault.ts'

/** The place of an edit's anchor in a text. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** The place of an edit's anchor. Errors: FatalError INTERNAL when the text has it not exactly once, or nothing would change. */
export function spanOf({ file, anchor, replacement }: Edit, text: string): Span {
  const from = text.indexOf(anchor)
  if (anchor === '' || from < 0) throw refused(file, anchor, 'is not in the file: take text that stands there now')
  if (text.indexOf(anchor, from + 1) >= 0)
    throw refused(file, anchor, 'stands there more than once: take more of the text around it')
  if (anchor === replacement) throw refused(file, anchor, 'is its own replacement: nothing would be broken')
  return { from, to: from + anchor.length }
}

/**
 * The text of a file with the edits made, all of which are edits of that file. Every anchor is looked for in the text as it was
 * before. Errors: FatalError INTERNAL as of `spanOf`, and when two edits overlap.
 */
export function patched(text: string, edits: readonly Edit[]): string {
  const spans = edits.map(edit => ({ edit, ...spanOf(edit, text) })).sort((a, b) => a.from - b.from)
  let result = ''
  let at = 0
  for (const { edit, from, to } of spans) {
    if (from < at) throw refused(edit.file, edit.anchor, 'overlaps with another edit: make them one')
    result += text.slice(at, from) + edit.replacement
    at = to
  }
  return result + text.slice(at)
}

/** Says which edit cannot be made, and what to do. */
export function refused(file: string, anchor: string, why: string): FatalError {
  return new FatalError(
    'INTERNAL',
    `a fault cannot be planted in ${file}, its anchor ${JSON.stringify(anchor)} ${why}`,
    {
      context: { file, anchor },
    },
  )
}
