import * as assert from 'uvu/assert'
import { murmur2, partitionOf } from '../../../topology/runtime/partitioner.ts'
import { suite } from '../../support/suite.ts'

// Source: org.apache.kafka.common.utils.UtilsTest.testMurmur2.
const javaHashes: readonly [string, number][] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
]

suite('partitioner', test => {
  test('hashes as Java does', () => {
    for (const [text, hash] of javaHashes) assert.is(murmur2(Buffer.from(text)), hash, text)
  })

  test('takes the hash without its sign bit, modulo the partitions', () => {
    // -973932308 & 0x7fffffff = 1173551340; mod 6 = 0. 479470107 mod 6 = 3.
    assert.is(partitionOf(Buffer.from('21'), 6), 1173551340 % 6)
    assert.is(partitionOf(Buffer.from('abc'), 6), 479470107 % 6)
  })
})
