import { confluentRegistry } from '../../../schemas/registry/confluent.ts'
import { RegistryHttp } from '../../../schemas/registry/http.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { schemaRegistryContract } from '../../contract/schema-registry.ts'
import { realParts } from '../../support/real-parts.ts'

const { registry, prefix } = await realParts({ registry: true })

const clock = systemClock

schemaRegistryContract(
  'a real registry, over HTTP',
  () => {
    const outside = new RegistryHttp({ url: registry.url, clock, timeoutMs: 30_000 })
    return Object.assign(confluentRegistry({ url: registry.url, clock, timeoutMs: 30_000 }), {
      ask: outside.ask.bind(outside),
    })
  },
  prefix,
)
