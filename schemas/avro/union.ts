import type avsc from 'avsc'
import { branchName, isWrapped, type ValueKind, valueKind } from './branches.ts'
import type { AvroModel } from './model.ts'
import { BaseType, type CheckHook, type Tap, type Wire, wireOf } from './wire.ts'

/** One branch of a union. */
interface Branch {
  /** See `branchName`. */
  readonly name: string
  readonly index: number
  readonly type: avsc.Type
  readonly wire: Wire
}

/**
 * A union. A value of it is bare if its JavaScript type tells its branch; otherwise it is put in an object under the name of its
 * branch (see `isWrapped`); null is always bare.
 */
export class UnionType extends BaseType {
  override readonly typeName = 'union'
  readonly wrapped: boolean
  readonly branches: readonly Branch[]
  readonly #byName: ReadonlyMap<string, Branch>
  readonly #byKind: ReadonlyMap<ValueKind | undefined, Branch>
  readonly #null: Branch | undefined
  /** The one branch beside null, and the kind of its values: most unions are of two. */
  readonly #onlyOther: Branch | undefined
  readonly #otherKind: ValueKind | undefined

  constructor(models: readonly AvroModel[], build: (model: AvroModel) => avsc.Type) {
    super()
    this.wrapped = isWrapped(models)
    this.branches = models.map((model, index) => {
      if (model.kind === 'union') throw new Error('a union is directly in a union')
      const type = build(model)
      return { name: branchName(model), index, type, wire: wireOf(type) }
    })
    this.#byName = new Map(this.branches.map(branch => [branch.name, branch]))
    this.#byKind = new Map(this.branches.map(branch => [valueKind(models[branch.index]!), branch]))
    this.#null = this.#byKind.get('null')
    const others = this.branches.filter(branch => branch !== this.#null)
    this.#onlyOther = others.length === 1 ? others[0] : undefined
    this.#otherKind = this.#onlyOther && valueKind(models[this.#onlyOther.index]!)
    if (models.length === 0) throw new Error('a union has no branches')
    if (this.#byName.size < models.length) throw new Error('a union has a branch twice')
  }

  /** Whether null is a value of it. */
  get hasNull(): boolean {
    return this.#byKind.has('null')
  }

  /** The branch of a value and its part there; undefined where none fits. The part itself is not checked. */
  branchOf(value: unknown): { readonly branch: Branch; readonly part: unknown } | undefined {
    if (!this.wrapped || value === null) {
      const branch = this.#byKind.get(kindOf(value))
      return branch && { branch, part: value }
    }
    if (typeof value !== 'object') return undefined
    const [name, ...more] = Object.keys(value)
    if (name === undefined || more.length > 0) return undefined
    const branch = this.#byName.get(name)
    return branch && { branch, part: (value as Record<string, unknown>)[name] }
  }

  /** The value of a branch as the union has it. */
  valueIn({ name, type }: Branch, part: unknown): unknown {
    return this.wrapped && type.typeName !== 'null' ? { [name]: part } : part
  }

  branchAt(index: number): Branch {
    const branch = this.branches[index]
    if (branch === undefined) throw new Error('holds an invalid union index')
    return branch
  }

  _read(tap: Tap): unknown {
    const branch = this.branchAt(tap.readLong())
    return this.wrapped ? this.valueIn(branch, branch.wire._read(tap)) : branch.wire._read(tap)
  }

  _skip(tap: Tap): void {
    this.branchAt(tap.readLong()).wire._skip(tap)
  }

  _write(tap: Tap, value: unknown): void {
    if (this.wrapped) {
      const found = this.branchOf(value)
      if (!found) throw new Error('no branch of the union')
      tap.writeLong(found.branch.index)
      found.branch.wire._write(tap, found.part)
      return
    }
    const branch = this.#bareBranch(value)
    if (!branch) throw new Error('no branch of the union')
    tap.writeLong(branch.index)
    branch.wire._write(tap, value)
  }

  /** The branch of a value that is not wrapped. */
  #bareBranch(value: unknown): Branch | undefined {
    if (value === null) return this.#null
    return this.#onlyOther !== undefined && kindOf(value) === this.#otherKind
      ? this.#onlyOther
      : this.#byKind.get(kindOf(value))
  }

  /** The branch of a value that is not wrapped, by its index; undefined where none fits. */
  indexOf(value: unknown): number | undefined {
    return this.#bareBranch(value)?.index
  }

  _check(value: unknown, flags?: unknown, hook?: CheckHook, path?: string[]): boolean {
    const found = this.branchOf(value)
    if (!found) {
      hook?.(value, this)
      return false
    }
    const { branch, part } = found
    if (!this.wrapped || !hook || !path) return branch.wire._check(part, flags, hook, path)
    path.push(branch.name)
    const valid = branch.wire._check(part, flags, hook, path)
    path.pop()
    return valid
  }

  /** With options: a default, which is of the first branch that takes it, as Java has it, and never wrapped. */
  _copy(value: unknown, options?: object): unknown {
    if (options === undefined) {
      const found = this.branchOf(value)
      if (!found) throw new Error('no branch of the union')
      return this.valueIn(found.branch, found.branch.wire._copy(found.part))
    }
    for (const branch of this.branches) {
      let part: unknown
      try {
        part = branch.wire._copy(value, options)
      } catch {
        continue
      }
      return this.valueIn(branch, part)
    }
    throw new Error('a default of none of the branches')
  }
}

function kindOf(value: unknown): ValueKind | undefined {
  switch (typeof value) {
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? 'array' : Buffer.isBuffer(value) ? 'bytes' : 'object'
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return typeof value as ValueKind
  }
  return undefined
}
