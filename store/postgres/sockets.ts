import { connect, type Socket } from 'node:net'
import type { Clock } from '../../topology/definition/clock.ts'

/** The addresses that postgres connects to, as it reads them from a URL. */
interface Places {
  readonly host: readonly string[]
  readonly port: readonly number[]
  /** Of a Unix socket; it goes before hosts. */
  readonly path?: string
}

/** The shortest time between two attempts to connect. Units: ms. */
const apartMs = 100

/**
 * The sockets of one postgres client, to which `socket` is given as an option.
 *
 * postgres 3.4.9 by itself (`closed`, `reconnect` and `terminate` of its connection.js) connects again at once, and so without
 * a pause, when a server hangs up before it is ready, as a proxy does whose database is down; and it connects again after the
 * client has been ended. Here both are refused; the requests that wait for the connection fail with that error.
 */
export class Sockets {
  readonly #open = new Set<Socket>()
  readonly #width: number
  readonly #clock: Pick<Clock, 'after'>
  #calls = 0
  #recent = 0
  #isReady = false
  #heard = false
  #isEnded = false

  /** `width`: the number of connections that the client may open at once. */
  constructor(width: number, clock: Pick<Clock, 'after'>) {
    this.#width = width
    this.#clock = clock
  }

  /** Whether anything has come from the server. */
  get heard(): boolean {
    return this.#heard || [...this.#open].some(socket => socket.bytesRead > 0)
  }

  /** The server has accepted a connection: from now on a lost one is made again. */
  ready(): void {
    this.#isReady = true
  }

  /** The `socket` option: called once for each attempt to connect, with one host after the other. */
  readonly socket = async ({ host, port, path }: Places): Promise<Socket> => {
    if (this.#isEnded) throw failure('CONNECTION_ENDED', 'the client was ended')
    const hungUp = this.#isReady ? this.#recent === this.#width * host.length : this.#calls === host.length
    if (hungUp) throw failure('CONNECTION_CLOSED', 'the server hung up')
    const at = this.#calls++ % host.length
    this.#recent++
    this.#clock.after(apartMs, () => this.#recent--)
    return this.#keep(path ? connect(path) : named(connect(port[at]!, host[at]!), host[at]!))
  }

  /** Ends the sockets that are open, and gives out no more. */
  end(): void {
    this.#isEnded = true
    for (const socket of this.#open) socket.destroy()
  }

  /** No listener tells when a socket has closed, since postgres removes all of them. */
  #keep(socket: Socket): Socket {
    for (const other of this.#open) {
      this.#heard ||= other.bytesRead > 0
      if (other.destroyed) this.#open.delete(other)
    }
    this.#open.add(socket)
    return socket
  }
}

/** An error with one of postgres' own codes. */
function failure(code: 'CONNECTION_CLOSED' | 'CONNECTION_ENDED', message: string): Error {
  return Object.assign(new Error(message), { code })
}

/** postgres reads the name that TLS is to check off the socket. */
function named(socket: Socket, host: string): Socket {
  return Object.assign(socket, { host })
}
