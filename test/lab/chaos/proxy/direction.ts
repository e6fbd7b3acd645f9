import type { Socket } from 'node:net'

/** The network conditions that all connections of a proxy share. */
export interface Weather {
  /** Added to the travel time of every byte. Units: ms. */
  delayMs: number
  /** True if nothing passes; bytes are kept, and pass later. */
  isBlackHole: boolean
}

interface Held {
  readonly due: number
  readonly chunk: Buffer
}

/** Bytes held back above this stop the reading. Units: bytes. */
const enough = 8_000_000

/** One direction of a proxied connection: bytes in order, each no sooner than the network conditions allow. */
export class Direction {
  readonly #from: Socket
  readonly #to: Socket
  readonly #weather: Weather
  readonly #held: Held[] = []
  #heldBytes = 0
  #timer: NodeJS.Timeout | undefined
  readonly #delivered: () => void
  #ending = false
  #isForgotten = false

  /** `delivered` is called when the receiver has everything and was told of the end. */
  constructor(from: Socket, to: Socket, weather: Weather, delivered: () => void = () => {}) {
    this.#from = from
    this.#to = to
    this.#weather = weather
    this.#delivered = delivered
  }

  send(chunk: Buffer): void {
    if (chunk.length === 0 || this.#isForgotten) return
    this.#held.push({ due: Date.now() + this.#weather.delayMs, chunk })
    this.#heldBytes += chunk.length
    if (this.#heldBytes > enough) this.#from.pause()
    this.pump()
  }

  /** The sender has gone: the receiver is told when it has everything. The bytes of a dead client still arrive, late. */
  end(): void {
    this.#ending = true
    this.pump()
  }

  /** Passes on the bytes that are due; called again when the conditions become normal. */
  pump(): void {
    clearTimeout(this.#timer)
    if (this.#weather.isBlackHole || this.#isForgotten) return
    for (;;) {
      const next = this.#held[0]
      if (next === undefined) break
      const wait = next.due - Date.now()
      if (wait > 0) {
        this.#timer = setTimeout(() => this.pump(), wait)
        return
      }
      this.#held.shift()
      this.#heldBytes -= next.chunk.length
      if (this.#to.writable) this.#to.write(next.chunk)
    }
    if (this.#from.isPaused()) this.#from.resume()
    if (!this.#ending) return
    this.#to.end()
    this.#delivered()
  }

  /** From here on nothing passes for ever, and neither does an end. */
  forget(): void {
    this.#isForgotten = true
    this.drop()
  }

  drop(): void {
    clearTimeout(this.#timer)
    this.#held.length = 0
  }
}
