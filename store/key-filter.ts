import type { RowKey } from './row-key.ts'

/** Bits of a filter for each key that it is made for, and bits that are set for a key: one look in a hundred is wrong. */
const bitsPerKey = 10
const probes = 6

/** Keys of the first layer, and the growth from layer to layer. */
const firstKeys = 6_500
const growth = 4

interface Layer {
  readonly words: Uint32Array
  /** Selects a bit; the number of bits is a power of two. */
  readonly mask: number
  left: number
}

/**
 * A set of keys that never denies one that is in it, and seldom takes one that is not (a Bloom filter). Keys cannot be taken out. When it is
 * full it gets another, larger layer, until it would have more bytes than it may.
 */
export class KeyFilter {
  readonly #limitBytes: number
  readonly #layers: Layer[] = []
  #bytes = 0
  #full = false

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /** Whether keys had to be left out: it may deny one of them, and must not be asked any more. */
  get full(): boolean {
    return this.#full
  }

  add(key: RowKey): void {
    if (this.#full || this.mayHold(key)) return
    let layer = this.#layers.at(-1)
    if (layer === undefined || layer.left === 0) {
      layer = this.#grow()
      if (layer === undefined) return
    }
    layer.left--
    const hash = hashOf(key)
    const step = stepOf(hash)
    for (let probe = 0, at = hash; probe < probes; probe++, at += step) {
      const bit = at & layer.mask
      layer.words[bit >>> 5]! |= 1 << (bit & 31)
    }
  }

  /** False: the key is not in it, for certain. */
  mayHold(key: RowKey): boolean {
    const hash = hashOf(key)
    const step = stepOf(hash)
    for (const { words, mask } of this.#layers) {
      let probe = 0
      for (let at = hash; probe < probes; probe++, at += step) {
        const bit = at & mask
        if ((words[bit >>> 5]! & (1 << (bit & 31))) === 0) break
      }
      if (probe === probes) return true
    }
    return false
  }

  #grow(): Layer | undefined {
    const keys = firstKeys * growth ** this.#layers.length
    const bits = 2 ** Math.ceil(Math.log2(keys * bitsPerKey))
    if (this.#bytes + bits / 8 > this.#limitBytes) {
      this.#full = true
      this.#layers.length = 0
      return undefined
    }
    const layer = { words: new Uint32Array(bits / 32), mask: bits - 1, left: keys }
    this.#layers.push(layer)
    this.#bytes += bits / 8
    return layer
  }
}

/** FNV-1a over the units of the text, and its bits mixed. */
function hashOf(key: RowKey): number {
  const text = typeof key === 'string' ? key : String(key)
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return mixed(hash)
}

/** The distance between two probes: odd, so that they do not meet. */
function stepOf(hash: number): number {
  return (mixed(hash ^ 0x9e3779b9) >>> 8) | 1
}

/** Source: the finalizer of MurmurHash3. */
function mixed(hash: number): number {
  let bits = hash
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
