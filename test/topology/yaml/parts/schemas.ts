import { string } from '../../../../topology/definition/serdes/primitives.ts'

export const Signal = { ...string, name: 'avro:test.Signal' }
