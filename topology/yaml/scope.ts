/** The origin of a name. `file` is as the YAML file writes it; undefined for what is built in. */
interface Origin {
  readonly value: unknown
  readonly file: string | undefined
}

/** Names that a topology file may use without a path, and what each may mean. */
export class Scope {
  readonly #origins = new Map<string, Origin[]>()

  /** Adds exports of a module, or built-in values. The same value under the same name counts once. */
  add(values: Readonly<Record<string, unknown>>, file?: string): void {
    for (const [name, value] of Object.entries(values)) {
      const origins = this.#origins.get(name) ?? []
      if (name !== 'default' && !origins.some(origin => origin.value === value)) origins.push({ value, file })
      if (origins.length > 0) this.#origins.set(name, origins)
    }
  }

  names(): Iterable<string> {
    return this.#origins.keys()
  }

  /** Everything that the name may mean: more than one is ambiguous. */
  find(name: string): readonly Origin[] {
    return this.#origins.get(name) ?? []
  }
}
