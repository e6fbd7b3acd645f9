import { type GatewayExtension, openOutbox } from '../../gateway/index.ts'
import type { Outbox } from '../../store/outbox/outbox.ts'
import { type OutboxRelay, type RelayOptions, startRelay } from '../../store/outbox/relay.ts'
import type { Parts } from '../../topology/app/connections.ts'
import { loadProject } from '../../topology/app/project.ts'
import { systemClock } from '../../topology/runtime/system-clock.ts'
import { serversInUse } from '../command-line/servers.ts'

/** The outbox of the database in use, with the application's tables. */
export interface OutboxInUse {
  readonly outbox: Outbox
  readonly url: string
  readonly schema: string
  readonly extension: GatewayExtension | undefined
}

/** The extension that the project's `millrace.config.ts` adds to the gateway; undefined: it adds none. */
export async function projectExtension(): Promise<GatewayExtension | undefined> {
  return (await loadProject()).gateway?.()
}

/** Opens the outbox of the database in use. Errors: TopologyError CONFIG_INVALID when no database is named or started. */
export async function outboxInUse(): Promise<OutboxInUse> {
  const { postgres: url, schema = 'public' } = await serversInUse('outbox', ['postgres'])
  const extension = await projectExtension()
  return { outbox: openOutbox({ databaseUrl: url, schema, clock: systemClock, extension }), url, schema, extension }
}

/** Starts a relay that publishes the entries of an outbox to the topics that the application posts to. */
export function relayOn(
  { application, outbox, extension }: Pick<OutboxInUse, 'outbox' | 'extension'> & { readonly application: string },
  { broker, registry, clock }: Pick<Parts, 'broker' | 'registry' | 'clock'>,
  options: Pick<RelayOptions, 'report' | 'keepMs'> = {},
): OutboxRelay {
  return startRelay({
    application,
    outbox,
    broker,
    registry,
    clock,
    topics: extension?.posts?.topics ?? [],
    ...options,
  })
}
