import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'
import { ClientCount } from './client-count.ts'
import type { PortAccess } from './port-access.ts'

/**
 * Counts a client's open streams (answers that go on for ever). Returns the function to call when the stream has ended.
 * Undefined: the client has as many open as it may, and should be told to come back later.
 */
export type EnterStream = (context: Context) => (() => void) | undefined

/** The streams of one port. Clients are told apart by their address: behind a proxy all are one. */
export function streamsOf({ streamsPerClient }: PortAccess): EnterStream {
  const count = new ClientCount(streamsPerClient)
  return context => {
    const client = addressOf(context)
    return client === undefined ? () => {} : count.enter(client)
  }
}

/** The address of a request's connection. Undefined: it came without one, from this process. */
function addressOf(context: Context): string | undefined {
  const { incoming } = (context.env ?? {}) as { readonly incoming?: unknown }
  return incoming === undefined ? undefined : getConnInfo(context).remote.address
}
