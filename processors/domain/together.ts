import { type Awaitable, chain, isPromise } from '../../topology/definition/record.ts'

/** All values at once when they are there, a promise of them when one is not: cached reads cost no promise. */
export function together<const T extends readonly unknown[]>(
  values: T,
): Awaitable<{ -readonly [I in keyof T]: Awaited<T[I]> }> {
  type Settled = { -readonly [I in keyof T]: Awaited<T[I]> }
  return values.some(isPromise) ? (Promise.all(values) as Promise<Settled>) : (values as unknown as Settled)
}

export { type Awaitable, chain }
