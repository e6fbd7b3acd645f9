import { FatalError } from '../../definition/errors.ts'
import { type Address, Connection, type ConnectionContext } from './connection.ts'

/**
 * The connections of one purpose: at most one a node, opened when first asked for, replaced when lost. A purpose has its own
 * because a broker serves one request of a connection at a time: a parked JoinGroup or a long fetch would delay the
 * requests behind it.
 */
export class ConnectionSet {
  readonly #context: ConnectionContext
  readonly #byAddress = new Map<string, Promise<Connection>>()
  #closed = false

  constructor(context: ConnectionContext) {
    this.#context = context
  }

  /** A usable connection to the node. Errors: as `Connection.open`; FatalError INTERNAL after `close`. */
  async to(address: Address): Promise<Connection> {
    const key = `${address.host}:${address.port}`
    for (let held = this.#byAddress.get(key); held !== undefined; held = this.#byAddress.get(key)) {
      const connection = await held
      if (connection.isUsable()) return connection
      // A broken connection is replaced by a new one, never used again.
      connection.close()
      if (this.#byAddress.get(key) === held) this.#byAddress.delete(key)
    }
    if (this.#closed) throw new FatalError('INTERNAL', `a closed client was used, broker ${key}: make a new one`)
    const opening = Connection.open(address, this.#context)
    this.#byAddress.set(key, opening)
    try {
      const connection = await opening
      if (this.#closed) connection.close()
      return connection
    } catch (error) {
      if (this.#byAddress.get(key) === opening) this.#byAddress.delete(key)
      throw error
    }
  }

  /** Ends every connection and rejects the requests that wait on them. */
  close(): void {
    this.#closed = true
    for (const held of this.#byAddress.values()) held.then(connection => connection.close()).catch(() => {})
    this.#byAddress.clear()
  }
}
