import * as assert from 'uvu/assert'
import { keyText } from '../../../topology/runtime/key-text.ts'
import { suite } from '../../support/suite.ts'

suite('keys in lines of the log', test => {
  test('text is shown as it is, other bytes in hexadecimal', () => {
    assert.is(keyText(null), null)
    assert.is(keyText(Buffer.from('')), '')
    assert.is(keyText(Buffer.from('Zürich 🦊')), 'Zürich 🦊')
    assert.is(keyText(Buffer.from([0, 0, 0, 7])), '0x00000007')
    assert.is(keyText(Buffer.from('a\nb')), '0x610a62')
    assert.is(keyText(Buffer.from([0xff, 0xfe])), '0xfffe')
  })

  test('only the beginning of a long key is shown', () => {
    assert.is(keyText(Buffer.from('x'.repeat(100))), 'x'.repeat(100))
    assert.is(keyText(Buffer.from('x'.repeat(101))), `${'x'.repeat(100)}... (101 bytes)`)
    assert.is(keyText(Buffer.from('🦊'.repeat(5_000))), `${'🦊'.repeat(100)}... (20000 bytes)`)
    assert.is(keyText(Buffer.from('ab€'.repeat(5_000))), `${'ab€'.repeat(33)}a... (25000 bytes)`)
    assert.is(keyText(Buffer.alloc(5_000)), `0x${'00'.repeat(32)}... (5000 bytes)`)
  })
})
