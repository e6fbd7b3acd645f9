import { TopologyError } from './errors.ts'

let collecting: TopologyError[] | undefined

/**
 * Does the work, which declares a topology, and collects what is refused meanwhile, so that one mistake does not hide the
 * others. `result` is undefined when an error of another place ended the work; a TopologyError is collected too.
 */
export function collectErrors<T>(work: () => T): {
  readonly result: T | undefined
  readonly errors: readonly TopologyError[]
} {
  const outer = collecting
  const errors: TopologyError[] = []
  collecting = errors
  try {
    return { result: work(), errors }
  } catch (error) {
    if (!(error instanceof TopologyError)) throw error
    errors.push(error)
    return { result: undefined, errors }
  } finally {
    collecting = outer
  }
}

/** Collects the error where errors are collected, so that the caller goes on with a stand-in; throws it elsewhere. */
export function refuse(error: TopologyError): void {
  if (collecting === undefined) throw error
  collecting.push(error)
}
