import { string } from '../../../../schemas/serdes.ts'

export const Signal = { ...string, name: 'avro:test.Signal' }
