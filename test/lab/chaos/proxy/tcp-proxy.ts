import { connect, createServer, type Server, type Socket } from 'node:net'
import { Direction, type Weather } from './direction.ts'
import type { ReplyLoss } from './reply-loss.ts'

/** The options of a proxy. */
export interface ProxyOptions {
  /** One for each connection: takes replies away. */
  readonly replyLoss: () => ReplyLoss
}

interface Link {
  readonly toServer: Direction
  readonly toClient: Direction
  cut(): void
}

/** A TCP proxy on a free port of 127.0.0.1 that can act like a bad network. */
export class TcpProxy {
  readonly port: number
  readonly #server: Server
  readonly #options: ProxyOptions
  readonly #links = new Set<Link>()
  readonly #weather: Weather = { delayMs: 0, isBlackHole: false }
  #target = 0

  private constructor(server: Server, port: number, options: ProxyOptions) {
    this.#server = server
    this.port = port
    this.#options = options
    server.on('connection', client => this.#accept(client))
  }

  /** Listens; connections are refused until `forwardTo` was called. */
  static async listen(options: ProxyOptions): Promise<TcpProxy> {
    const server = createServer()
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', resolve)
    })
    return new TcpProxy(server, (server.address() as { port: number }).port, options)
  }

  /** A port of 127.0.0.1. */
  forwardTo(port: number): void {
    this.#target = port
  }

  get connections(): number {
    return this.#links.size
  }

  /** Cuts every connection with a reset; returns the number cut. Data under way is lost. */
  reset(): number {
    const cut = this.#links.size
    for (const link of [...this.#links]) link.cut()
    return cut
  }

  /** From here on nothing passes, until `clear`. Data sent meanwhile then arrives, late, even from clients that gave up. */
  blackHole(): void {
    this.#weather.isBlackHole = true
  }

  /**
   * The connections that are open now stay open and pass nothing more, not even an end: a firewall has dropped its memory of them, or
   * the other host is gone. New ones pass. Returns the number.
   */
  forget(): number {
    for (const { toServer, toClient } of this.#links) {
      toServer.forget()
      toClient.forget()
    }
    return this.#links.size
  }

  /** Units: ms, each way. */
  delay(ms: number): void {
    this.#weather.delayMs = ms
  }

  /** Ends delay and black hole. */
  clear(): void {
    this.#weather.isBlackHole = false
    this.#weather.delayMs = 0
    for (const { toServer, toClient } of this.#links) {
      toServer.pump()
      toClient.pump()
    }
  }

  async close(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    this.reset()
    await closed
  }

  #accept(client: Socket): void {
    if (this.#target === 0) {
      reset(client)
      return
    }
    const server = connect({ host: '127.0.0.1', port: this.#target, noDelay: true })
    client.setNoDelay(true)
    const toServer = new Direction(client, server, this.#weather)
    // Until the client was told of the end the link stays: it may have to wait for better weather.
    const toClient = new Direction(server, client, this.#weather, () => void this.#links.delete(link))
    const replies = this.#options.replyLoss()
    const link: Link = {
      toServer,
      toClient,
      cut: () => {
        this.#links.delete(link)
        toServer.drop()
        toClient.drop()
        reset(client)
        reset(server)
      },
    }
    this.#links.add(link)
    client.on('data', chunk => {
      replies.onRequestBytes(chunk)
      toServer.send(chunk)
    })
    server.on('data', chunk => {
      const { bytes, cut } = replies.onReplyBytes(chunk)
      toClient.send(bytes)
      if (cut) link.cut()
    })
    client.on('end', () => toServer.end())
    server.on('end', () => toClient.end())
    client.on('error', () => toServer.end())
    server.on('error', () => link.cut())
    server.on('close', () => toClient.end())
  }
}

/** A socket that is shutting down cannot be reset: libuv refuses, and the handle would stay open for ever. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
