import { brokerError } from './broker-error.ts'
import type { Cluster } from './cluster.ts'
import type { Connection } from './connection.ts'
import type { ConnectionSet } from './connection-set.ts'
import { isCoordinatorMoved, kafka } from './protocol/error-code.ts'
import type { CoordinatorKind } from './protocol/metadata.ts'

/** The node that coordinates one group or transactional id. It is looked up again after it fails or has moved. */
export class Coordinator {
  readonly #cluster: Cluster
  readonly #connections: ConnectionSet
  readonly #kind: CoordinatorKind
  readonly #key: string

  constructor(cluster: Cluster, connections: ConnectionSet, kind: CoordinatorKind, key: string) {
    this.#cluster = cluster
    this.#connections = connections
    this.#kind = kind
    this.#key = key
  }

  /** A usable connection to it. Errors: as `Cluster.coordinator` and `ConnectionSet.to`. */
  async connection(): Promise<Connection> {
    const node = await this.#cluster.coordinator(this.#kind, this.#key)
    try {
      return await this.#connections.to(node)
    } catch (error) {
      this.#forget()
      throw error
    }
  }

  /** Throws the error for the code of an answer, if it is one. A node that no longer coordinates is not asked again. */
  check(errorCode: number, api: string): void {
    if (errorCode === kafka.NONE) return
    if (isCoordinatorMoved(errorCode)) this.#forget()
    throw brokerError(errorCode, api, `${this.#kind === 'group' ? 'group' : 'transactional id'} '${this.#key}'`)
  }

  #forget(): void {
    this.#cluster.forgetCoordinator(this.#kind, this.#key)
  }
}
