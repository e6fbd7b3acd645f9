import * as assert from 'uvu/assert'
import { suite } from '../../support/suite.ts'
import type { Edit } from './fault.ts'
import { patched } from './patch.ts'

const edit = (anchor: string, replacement: string): Edit => ({ file: 'a.ts', anchor, replacement })

suite('patch', test => {
  test('edits are made where their anchors stand, whatever their order, and replacements are taken as they are', () => {
    const text = 'one two three'
    assert.is(patched(text, [edit('three', '$& $1 one'), edit('one ', '')]), 'two $& $1 one')
  })

  test('an anchor that is missing, doubled, empty or its own replacement is refused, with the file and what to do', () => {
    const refusal = (anchor: string, replacement = '', text = 'if (a) b()\nif (a) c()\naaa') => {
      try {
        return patched(text, [edit(anchor, replacement)])
      } catch (error) {
        return String(error)
      }
    }
    assert.match(refusal('if (d)'), 'cannot be planted in a.ts, its anchor "if (d)" is not in the file: take text that')
    assert.match(refusal('if (a)'), 'its anchor "if (a)" stands there more than once: take more of the text around it')
    assert.match(refusal('aa'), 'more than once')
    assert.match(refusal(''), 'is not in the file')
    assert.match(refusal('c()', 'c()'), 'is its own replacement')
    assert.is(refusal('c()', 'd()'), 'if (a) b()\nif (a) d()\naaa')
  })

  test('an anchor is looked for in the text as it was; two that overlap are refused', () => {
    assert.throws(() => patched('one', [edit('one', 'two'), edit('two', 'three')]), /"two" is not in the file/)
    assert.throws(() => patched('one two', [edit('one two', ''), edit('two', 'three')]), /overlaps with another edit/)
  })
})
