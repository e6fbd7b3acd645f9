import type { Timer } from '../../definition/clock.ts'
import { RetriableError } from '../../definition/errors.ts'
import { brokerError } from './broker-error.ts'
import type { Cluster } from './cluster.ts'
import type { Connection, SendOptions } from './connection.ts'
import type { ConnectionSet } from './connection-set.ts'
import { isCoordinatorMoved, kafka } from './protocol/error-code.ts'
import type { Message } from './protocol/message.ts'
import type { CoordinatorKind, NodeAddress } from './protocol/metadata.ts'

/** While a request waits at the coordinator, whether it still is the coordinator is asked after each such time. Units: ms. */
const lookUpIntervalMs = 2_000

/** The node that coordinates one group or transactional id. It is looked up again after it fails, is silent, or has moved. */
export class Coordinator {
  readonly #cluster: Cluster
  readonly #connections: ConnectionSet
  readonly #kind: CoordinatorKind
  readonly #key: string
  /** The node that was asked last. */
  #node: NodeAddress | undefined

  constructor(cluster: Cluster, connections: ConnectionSet, kind: CoordinatorKind, key: string) {
    this.#cluster = cluster
    this.#connections = connections
    this.#kind = kind
    this.#key = key
  }

  /** A usable connection to it. Errors: as `Cluster.coordinator` and `ConnectionSet.to`. */
  async connection(): Promise<Connection> {
    const node = await this.#cluster.coordinator(this.#kind, this.#key)
    this.#node = node
    try {
      return await this.#connections.to(node)
    } catch (error) {
      this.doubt(error)
      throw error
    }
  }

  /** Sends a request to it. Errors: as `connection` and `Connection.send`. */
  async send<Answer>(message: Message<Answer>, options?: SendOptions): Promise<Answer> {
    const connection = await this.connection()
    try {
      return await connection.send(message, options)
    } catch (error) {
      this.doubt(error)
      throw error
    }
  }

  /**
   * Sends a request that its answer keeps waiting for as long as others take, as JoinGroup does. Meanwhile the other nodes are asked again
   * and again who coordinates: when most of them name another node, or this one answers nothing on a second connection, the request is
   * given up. A coordinator that is frozen or cut off would keep it for the whole of its time.
   *
   * Errors: as `connection` and `Connection.send`.
   */
  async sendAndWait<Answer>(message: Message<Answer>, timeoutMs: number): Promise<Answer> {
    const connection = await this.connection()
    const node = this.#node!
    let isOver = false
    let timer: Timer | undefined
    const look = () => {
      timer = this.#cluster.context.clock.after(lookUpIntervalMs, async () => {
        const doubt = await this.#doubtOf(node)
        if (isOver) return
        if (doubt === undefined) look()
        else connection.close(doubt)
      })
    }
    look()
    try {
      return await connection.send(message, { timeoutMs })
    } catch (error) {
      this.doubt(error)
      throw error
    } finally {
      isOver = true
      timer?.cancel()
    }
  }

  /** The reason to ask this node no longer; undefined: it coordinates and answers. */
  async #doubtOf(node: NodeAddress): Promise<string | undefined> {
    const named = await this.#cluster.coordinatorFromMost(this.#kind, this.#key).catch(() => node)
    if (named.id !== node.id) return `node ${named.id} coordinates now`
    if (await this.#cluster.answers(node)) return undefined
    return 'it does not answer on another connection either'
  }

  /** Has it looked up again, of other nodes, after an error that came instead of an answer: it may coordinate no more. */
  doubt(error: unknown): void {
    if (!(error instanceof RetriableError)) return
    this.#forget()
    if (this.#node) this.#cluster.doubt(this.#node)
  }

  /** Throws the error for the code of an answer, if it is one. A node that no longer coordinates is not asked again. */
  check(errorCode: number, api: string): void {
    if (errorCode === kafka.NONE) return
    if (isCoordinatorMoved(errorCode)) this.#forget()
    // Its log takes no writes: it may have lost the other nodes, and not know it.
    if (errorCode === kafka.COORDINATOR_NOT_AVAILABLE && this.#node) this.#cluster.doubt(this.#node)
    throw brokerError(errorCode, api, `${this.#kind === 'group' ? 'group' : 'transactional id'} '${this.#key}'`)
  }

  #forget(): void {
    this.#cluster.forgetCoordinator(this.#kind, this.#key)
  }
}
