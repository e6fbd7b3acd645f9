/**
 * A seeded stream of numbers in [0, 1): the same seed gives the same numbers on every machine.
 *
 * Source: sfc32 of PractRand (Chris Doty-Humphrey), seeded by splitmix32.
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  const mixed = () => {
    state = (state + 0x9e3779b9) | 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (z ^ (z >>> 15)) | 0
  }
  let [a, b, c, counter] = [mixed(), mixed(), mixed(), 1]
  return () => {
    const result = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + result
    return (result >>> 0) / 0x1_0000_0000
  }
}
