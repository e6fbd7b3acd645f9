import { applyFill, averagePrice, balances, flat } from '../../../processors/domain/books/books.ts'
import { format, roundHalfEven } from '../../../processors/domain/shared/decimal.ts'
import type { PositionCase } from './file.ts'

/** Differences of a case, one a line; empty when it passes. Values are compared at `scale` digits after the point. */
export function checkPositionCase(vector: PositionCase, scale: number): readonly string[] {
  const { fills, expectedSteps } = vector
  if (fills.length !== expectedSteps.length) return [`${fills.length} fills but ${expectedSteps.length} expected steps`]
  const differences: string[] = []
  let books = flat
  fills.forEach((fill, index) => {
    books = applyFill(books, { side: fill.side, quantity: fill.qty, price: fill.price, fee: fill.fee ?? 0n })
    const actual = {
      signedQty: books.quantity,
      costBasis: books.cost,
      avgOpenPrice: averagePrice(books),
      realisedPnl: books.realisedPnl,
      fees: books.fees,
    }
    for (const [name, expected] of Object.entries(expectedSteps[index]!)) {
      const found = actual[name as keyof typeof actual]
      if (expected === undefined || same(expected, found, scale)) continue
      differences.push(`step ${index + 1} ${name}: expected ${text(expected)}, found ${text(found)}`)
    }
    if (!balances(books)) differences.push(`step ${index + 1}: realisedPnl is not cash + sign(q) x cost`)
  })
  return differences
}

function same(expected: bigint | null, found: bigint | null, scale: number): boolean {
  if (expected === null || found === null) return expected === found
  return roundHalfEven(expected, scale) === roundHalfEven(found, scale)
}

function text(value: bigint | null): string {
  return value === null ? 'null' : format(value)
}
