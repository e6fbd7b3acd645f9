import * as assert from 'uvu/assert'
import { circlesOf } from './circles.ts'
import { suite } from './suite.ts'

const graph = (edges: Record<string, readonly string[]>) => new Map(Object.entries(edges))

suite('circles of a graph', test => {
  test('a graph whose edges point one way has none, however its nodes meet again', () => {
    assert.equal(circlesOf(graph({ a: ['b', 'c'], b: ['d'], c: ['d'], d: ['outside'] })), [])
  })

  test('names a shortest way round', () => {
    assert.equal(circlesOf(graph({ a: ['b'], b: ['c', 'd'], c: ['d'], d: ['a'] })), [['a', 'b', 'd', 'a']])
  })

  test('finds each of several, and a node that leads to itself', () => {
    const found = circlesOf(
      graph({ top: ['x', 'p', 'self'], x: ['y'], y: ['x'], p: ['q'], q: ['p', 'x'], self: ['self'] }),
    )
    assert.equal([...found].sort(), [
      ['p', 'q', 'p'],
      ['self', 'self'],
      ['x', 'y', 'x'],
    ])
  })
})
