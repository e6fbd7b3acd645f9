import * as assert from 'uvu/assert'
import { readEnvironment } from '../../../topology/app/environment.ts'
import { serverAddresses } from '../../../topology/app/server-environment.ts'
import { suite } from '../../support/suite.ts'

const addresses = (variables: Readonly<Record<string, string>>, given = {}) =>
  serverAddresses(readEnvironment(variables), given)

suite('addresses of servers', test => {
  test('without anything there are none', () => {
    assert.equal(addresses({}), { kafka: undefined, registry: undefined, postgres: undefined })
  })

  test("the environment's address stands in place of the project's", () => {
    const given = { kafka: 'a:1', registry: 'http://r:1', postgres: 'postgres://p/1' }
    assert.equal(addresses({}, given).kafka, { brokers: 'a:1' })
    assert.equal(addresses({ KAFKA_BROKERS: 'b:2,c:3' }, given).kafka, { brokers: ['b:2', 'c:3'] })
    assert.equal(addresses({ SCHEMA_REGISTRY_URL: 'https://s:2' }, given).registry, { url: 'https://s:2' })
    assert.is(addresses({ DATABASE_URL: 'postgres://q/2' }, given).postgres, 'postgres://q/2')
  })

  test("credentials of the environment are added to the project's address", () => {
    const { kafka } = addresses(
      { KAFKA_USERNAME: 'u', KAFKA_PASSWORD: 'p', KAFKA_SASL_MECHANISM: 'scram-sha-512', KAFKA_CA: 'ca.pem' },
      { kafka: { brokers: 'a:1', clientId: 'mine' } },
    )
    assert.equal(kafka, {
      brokers: 'a:1',
      clientId: 'mine',
      tls: { ca: 'ca.pem' },
      sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' },
    })
  })

  test('without a mechanism user and password are sent as PLAIN', () => {
    const { kafka } = addresses({ KAFKA_BROKERS: 'a:1', KAFKA_USERNAME: 'u', KAFKA_PASSWORD: 'p', KAFKA_TLS: 'true' })
    assert.equal(kafka, { brokers: ['a:1'], tls: true, sasl: { mechanism: 'plain', username: 'u', password: 'p' } })
  })

  test('a half of the credentials names the other half', () => {
    assert.throws(() => addresses({ KAFKA_BROKERS: 'a:1', KAFKA_USERNAME: 'u' }), /^KAFKA_PASSWORD is not set/)
    assert.throws(() => addresses({ KAFKA_BROKERS: 'a:1', KAFKA_PASSWORD: 'p' }), /^KAFKA_USERNAME is not set/)
  })

  test('a malformed address of Postgres is named, and not shown', () => {
    assert.throws(() => addresses({}, { postgres: 'u:hush@p /d' }), /^(?!.*hush)the address of Postgres is malformed/)
  })

  test("a registry's token, user and authority", () => {
    const url = 'https://r:1'
    const at = { SCHEMA_REGISTRY_URL: url }
    assert.equal(addresses({ ...at, SCHEMA_REGISTRY_TOKEN: 't' }).registry, { url, token: 't' })
    assert.equal(
      addresses({ ...at, SCHEMA_REGISTRY_USERNAME: 'u', SCHEMA_REGISTRY_PASSWORD: 'p', SCHEMA_REGISTRY_CA: 'ca' })
        .registry,
      { url, username: 'u', password: 'p', tls: { ca: 'ca' } },
    )
  })

  test("a database's password and certificates go into its URL, as libpq has them", () => {
    const at = { DATABASE_URL: 'postgres://u@p:5432/d' }
    assert.is(addresses({ ...at, DATABASE_PASSWORD: 'a/b' }).postgres, 'postgres://u:a%2Fb@p:5432/d')
    assert.is(
      addresses({ ...at, DATABASE_CA: '/ca.pem' }).postgres,
      'postgres://u@p:5432/d?sslrootcert=%2Fca.pem&sslmode=verify-full',
    )
    assert.is(
      addresses({ DATABASE_URL: 'postgres://u:kept@p/d?sslmode=verify-ca', DATABASE_PASSWORD: 'x', DATABASE_CA: 'ca' })
        .postgres,
      'postgres://u:kept@p/d?sslmode=verify-ca&sslrootcert=ca',
    )
  })
})
