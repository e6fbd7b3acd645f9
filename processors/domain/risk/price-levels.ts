import { larger, one, smaller } from '../shared/decimal.ts'

/** Pending units that share a bound price. */
interface PriceLevel {
  readonly boundPrice: bigint
  /** Units still to fill. */
  readonly leaves: bigint
}

/** Pending units of one side, the most expensive first, one level a price, none empty. */
export type PriceLevels = readonly PriceLevel[]

/** The levels with this many more units at a price. */
export function addUnits(levels: PriceLevels, boundPrice: bigint, units: bigint): PriceLevels {
  if (units === 0n) return levels
  const at = levels.findIndex(level => level.boundPrice <= boundPrice)
  if (at === -1) return [...levels, { boundPrice, leaves: units }]
  const found = levels[at]!
  if (found.boundPrice !== boundPrice) return levels.toSpliced(at, 0, { boundPrice, leaves: units })
  const leaves = found.leaves + units
  return leaves === 0n ? levels.toSpliced(at, 1) : levels.with(at, { boundPrice, leaves })
}

/** The levels with this many fewer units at a price. Errors: RangeError when they do not hold as many. */
export function removeUnits(levels: PriceLevels, boundPrice: bigint, units: bigint): PriceLevels {
  const level = levels.find(candidate => candidate.boundPrice === boundPrice)
  if (units > (level?.leaves ?? 0n)) throw new RangeError('released more than was reserved at this price')
  return addUnits(levels, boundPrice, -units)
}

/** All units. */
export function unitsOf(levels: PriceLevels): bigint {
  let units = 0n
  for (const level of levels) units += level.leaves
  return units
}

/** Value of all units at their bounds, or at least at a price. */
export function notionalOf(levels: PriceLevels, atLeast = 0n): bigint {
  let raw = 0n
  for (const level of levels) raw += level.leaves * larger(level.boundPrice, atLeast)
  return upToScale(raw)
}

/** Value of the given number of most expensive units, each at least at a price. */
export function dearestValue(levels: PriceLevels, units: bigint, atLeast = 0n): bigint {
  let raw = 0n
  let rest = units
  for (const level of levels) {
    if (rest <= 0n) break
    const taken = smaller(rest, level.leaves)
    raw += taken * larger(level.boundPrice, atLeast)
    rest -= taken
  }
  return upToScale(raw)
}

/** Exact where precisions add up to 18; else the next 1e-18 up: a reservation is never rounded down. */
function upToScale(raw: bigint): bigint {
  const value = raw / one
  return value * one < raw ? value + 1n : value
}
