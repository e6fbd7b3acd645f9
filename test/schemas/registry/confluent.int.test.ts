import { confluentRegistry } from '../../../schemas/registry/confluent.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { schemaRegistryContract } from '../../contract/schema-registry.ts'
import { realParts } from '../../support/real-parts.ts'

const { registry, prefix } = await realParts({ registry: true })

schemaRegistryContract(
  'a real registry, over HTTP',
  () => confluentRegistry({ url: registry.url, clock: systemClock }),
  prefix,
)
