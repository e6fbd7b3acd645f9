// budget: 400 s
import { connectParts } from '../../topology/app/connections.ts'
import { realParts } from '../support/real-parts.ts'
import { matrixTest } from './matrix/matrix-test.ts'

const { kafka, registry, prefix } = await realParts({ kafka: true, registry: true })

matrixTest(
  'the real registry',
  () => connectParts({ kafka: kafka.url, registry: registry.url, postgres: 'memory' }),
  prefix,
)
