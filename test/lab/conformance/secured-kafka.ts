import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startKafkaNative } from '../../../ops/cluster/kafka-native.ts'
import type { KafkaUnderTest } from '../../contract/kafka-under-test.ts'
import { makeCertificates } from '../../support/certificates.ts'
import { securedListener, tlsListener } from '../../support/secured-listener.ts'

/** The ways in which a client can be let in. */
export const securities = ['plaintext', 'tls', 'tls-plain', 'tls-scram-sha-512'] as const

export type Security = (typeof securities)[number]

/** A Kafka of one version that lets clients in by every way. */
export interface SecuredKafka {
  /** The address and the options of a client. */
  address(security: Security): KafkaUnderTest
  stop(): Promise<void>
}

const username = 'conformance'

/** Errors: FatalError UNSUPPORTED without Java, Maven or this version of Kafka. */
export async function startSecuredKafka(version: string): Promise<SecuredKafka> {
  const password = randomBytes(9).toString('hex')
  const { ca, server } = makeCertificates()
  const folder = await mkdtemp(join(tmpdir(), 'millrace-conformance-'))
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  try {
    const kafka = await startKafkaNative({
      version,
      listeners: { TLS: 'SSL', SECURED: 'SASL_SSL' },
      settings: {
        ...(await tlsListener('tls', server, file)),
        ...(await securedListener('secured', server, { username, password }, file)),
      },
      scramUsers: { [username]: password },
    })
    const addresses: Readonly<Record<Security, KafkaUnderTest>> = {
      plaintext: { brokers: [kafka.url] },
      tls: { brokers: [kafka.listeners.TLS!], ssl: { ca } },
      'tls-plain': {
        brokers: [kafka.listeners.SECURED!],
        ssl: { ca },
        sasl: { mechanism: 'plain', username, password },
      },
      'tls-scram-sha-512': {
        brokers: [kafka.listeners.SECURED!],
        ssl: { ca },
        sasl: { mechanism: 'scram-sha-512', username, password },
      },
    }
    return {
      address: security => addresses[security],
      async stop() {
        await kafka.stop()
        await rm(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}
