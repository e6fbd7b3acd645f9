/** One thing that a new topology does differently from the old one, or, for state, that it keeps. */
export interface TopologyChange {
  /**
   * `lost`: state, a position or records in flight would be lost. `changed`: works on, but differently. `added`, `removed`: a
   * part without state. `kept`: state that goes on.
   */
  readonly effect: 'lost' | 'changed' | 'removed' | 'added' | 'kept'
  readonly subject: {
    readonly kind: 'topology' | 'sub-topology' | 'store' | 'topic' | 'operator'
    readonly name: string
  }
  /** Describes the change and its consequence. */
  readonly message: string
  /** Advice on what to do about it. */
  readonly remedy?: string
}

/** Renamed things, from old names to new ones. */
export type Renames = ReadonlyMap<string, string>

/**
 * Guesses what was renamed: of the names that went and the names that came, those whose parts are alike belong together. Each is
 * used once.
 */
export function renames<T>(
  old: Readonly<Record<string, T>>,
  next: Readonly<Record<string, T>>,
  alike: (a: T, b: T) => boolean,
): Renames {
  const came = new Set(Object.keys(next).filter(name => !(name in old)))
  const found = new Map<string, string>()
  for (const name of Object.keys(old)) {
    if (name in next) continue
    const successor = [...came].find(candidate => alike(old[name]!, next[candidate]!))
    if (successor === undefined) continue
    found.set(name, successor)
    came.delete(successor)
  }
  return found
}

/** Names in words. Shape: `'a', 'b' and 'c'`. */
export function listed(names: readonly string[]): string {
  const quoted = names.map(name => `'${name}'`)
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`
}

/** True when both lists hold the same, in any order. */
export function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every(name => b.includes(name))
}
