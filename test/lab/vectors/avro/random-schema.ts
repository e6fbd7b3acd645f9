import type { AvroPrimitive } from '../../../../schemas/avro/model.ts'
import { branchOf, type EnumShape, type FieldShape, type FixedShape, type RecordShape, type Shape } from './shape.ts'

/** Seeded choices. */
export class Dice {
  readonly random: () => number

  constructor(random: () => number) {
    this.random = random
  }

  chance = (share: number): boolean => this.random() < share

  upTo(limit: number): number {
    return Math.floor(this.random() * (limit + 1))
  }

  pick<T>(list: readonly T[]): T {
    return list[this.upTo(list.length - 1)] as T
  }

  shuffled<T>(list: readonly T[]): readonly T[] {
    const rest = [...list]
    return list.map(() => rest.splice(this.upTo(rest.length - 1), 1)[0] as T)
  }
}

const primitives: readonly AvroPrimitive[] = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']
const namespaces = ['acme', 'acme', 'beta.orders', '']
const fieldNames = ['id', 'price', 'quantity', 'note', 'tags', 'next', 'at', '__proto__', 'constructor', 'valueOf']

/** On a primitive: half of them do not hold, or change no value. */
const logicals: readonly { readonly type: AvroPrimitive; readonly logical: object }[] = [
  { type: 'bytes', logical: { logicalType: 'decimal', precision: 20, scale: 4 } },
  { type: 'bytes', logical: { logicalType: 'decimal', precision: 38, scale: 18 } },
  { type: 'bytes', logical: { logicalType: 'decimal', precision: 4, scale: 9 } },
  { type: 'bytes', logical: { logicalType: 'decimal' } },
  { type: 'string', logical: { logicalType: 'decimal', precision: 4 } },
  { type: 'string', logical: { logicalType: 'uuid' } },
  { type: 'long', logical: { logicalType: 'timestamp-millis' } },
  { type: 'long', logical: { logicalType: 'timestamp-micros' } },
  { type: 'long', logical: { logicalType: 'local-timestamp-millis' } },
  { type: 'int', logical: { logicalType: 'date' } },
  { type: 'int', logical: { logicalType: 'timestamp-millis' } },
  { type: 'string', logical: { logicalType: 'nobody-knows' } },
]

const fixedLogicals: readonly { readonly size: number; readonly logical?: object }[] = [
  { size: 1 },
  { size: 4 },
  { size: 16, logical: { logicalType: 'uuid' } },
  { size: 15, logical: { logicalType: 'uuid' } },
  { size: 9, logical: { logicalType: 'decimal', precision: 20, scale: 2 } },
  { size: 2, logical: { logicalType: 'decimal', precision: 5, scale: 2 } },
]

/** Makes one schema. Last names are used once, so that no two types differ in their namespaces only. */
export class SchemaMaker {
  readonly #dice: Dice
  #named: Shape[] = []
  /** Records whose fields are being made: a default of one would be of an unfinished type. */
  readonly unfinished = new Set<Shape>()
  #count = 0

  constructor(dice: Dice) {
    this.#dice = dice
  }

  /** Starts a newer version: types that are made from here on refer to none that was made before. */
  startAnew(): void {
    this.#named = []
  }

  /** Most schemas are records. */
  root(): Shape {
    return this.#dice.chance(0.8) ? this.#record(3) : this.any(2)
  }

  any(depth: number): Shape {
    const dice = this.#dice
    if (depth <= 0 || dice.chance(0.35)) return this.#leaf()
    switch (dice.upTo(4)) {
      case 0:
        return { kind: 'array', items: this.any(depth - 1) }
      case 1:
        return { kind: 'map', values: this.any(depth - 1) }
      case 2:
        return this.#record(depth)
      case 3:
        return this.#named.length > 0 ? dice.pick(this.#named) : this.#leaf()
    }
    return this.union(depth)
  }

  union(depth: number): Shape {
    const branches: Shape[] = this.#dice.chance(0.6) ? [{ kind: 'primitive', type: 'null' }] : []
    const count = branches.length + 1 + this.#dice.upTo(3)
    for (let tries = 0; branches.length < count && tries < 12; tries++) addBranch(branches, this.any(depth - 1))
    return branches.length === 0 ? this.#leaf() : { kind: 'union', branches: this.#dice.shuffled(branches) }
  }

  /** A field whose name the record lacks. `always`: it has a default if one can be made for its type. */
  field(taken: readonly string[], depth: number, always = false): FieldShape {
    const free = fieldNames.filter(name => !taken.includes(name))
    const name = free.length > 0 ? this.#dice.pick(free) : `f${this.#count++}`
    const type = this.any(depth)
    return { name, aliases: [], type, ...(always || this.#dice.chance(0.4) ? this.defaultOf(type) : {}) }
  }

  /** A default as JSON. None for what would be too deep. */
  defaultOf(type: Shape): { readonly default?: unknown } {
    const value = this.#json(type, 4)
    return value === undefined ? {} : { default: value }
  }

  freshName(): string {
    const last = `N${this.#count++}`
    const namespace = this.#dice.pick(namespaces)
    return namespace === '' ? last : `${namespace}.${last}`
  }

  #leaf(): Shape {
    const dice = this.#dice
    switch (dice.upTo(5)) {
      case 0:
        return { kind: 'primitive', ...dice.pick(logicals) }
      case 1:
        return this.#enum()
      case 2:
        return this.#fixed()
    }
    return { kind: 'primitive', type: dice.pick(primitives) }
  }

  #enum(): EnumShape {
    const symbols = this.#dice.shuffled(['BUY', 'SELL', 'constructor', '_x1']).slice(0, 1 + this.#dice.upTo(3))
    const fallback = this.#dice.chance(0.3) ? { default: this.#dice.pick(symbols) } : {}
    return this.#keep({ kind: 'enum', name: this.freshName(), aliases: [], symbols, ...fallback })
  }

  #fixed(): FixedShape {
    return this.#keep({ kind: 'fixed', name: this.freshName(), aliases: [], ...this.#dice.pick(fixedLogicals) })
  }

  #record(depth: number): RecordShape {
    const record: RecordShape = this.#keep({ kind: 'record', name: this.freshName(), aliases: [], fields: [] })
    this.unfinished.add(record)
    const fields: FieldShape[] = []
    const names = () => fields.map(field => field.name)
    for (let count = this.#dice.upTo(4); count > 0; count--) fields.push(this.field(names(), depth - 1))
    record.fields = fields.filter(({ type }) => !needs(type, record, new Set()))
    this.unfinished.delete(record)
    return record
  }

  #keep<S extends Shape>(shape: S): S {
    this.#named.push(shape)
    return shape
  }

  #json(type: Shape, depth: number): unknown {
    const dice = this.#dice
    if (depth === 0 || this.unfinished.has(type)) return undefined
    switch (type.kind) {
      case 'primitive':
        return this.#primitiveJson(type.type, type.logical)
      case 'enum':
        return dice.pick(type.symbols)
      case 'fixed':
        return type.logical ? undefined : '\u00ff'.repeat(type.size)
      case 'array':
        return dice.chance(0.5) ? [] : [this.#json(type.items, depth - 1)].filter(item => item !== undefined)
      case 'map': {
        const value = this.#json(type.values, depth - 1)
        return value === undefined || dice.chance(0.5) ? {} : { key: value }
      }
      case 'union':
        return this.#json(type.branches[0] as Shape, depth - 1)
      case 'record': {
        const entries = type.fields.map(field => [field.name, this.#json(field.type, depth - 1)] as const)
        return entries.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(entries)
      }
    }
  }

  #primitiveJson(type: AvroPrimitive, logical: object | undefined): unknown {
    switch (type) {
      case 'null':
        return null
      case 'boolean':
        return true
      case 'int':
        return this.#dice.pick([0, -1, 2 ** 31 - 1])
      case 'long':
        return logical ? 5 : this.#dice.pick([0, -1, 9_007_199_254_740_993n, -(2n ** 63n)])
      case 'float':
      case 'double':
        return this.#dice.pick([0, 0.1, -2.5, 1e30, 16_777_217])
      case 'bytes':
        return '\u0001\u00fe'
      case 'string':
        return logical && 'logicalType' in logical && logical.logicalType === 'uuid' ? undefined : 'd\u00e9fault'
    }
  }
}

/** Adds a branch where the union may have it. */
export function addBranch(branches: Shape[], branch: Shape): void {
  if (branch.kind !== 'union' && !branches.some(other => branchOf(other) === branchOf(branch))) branches.push(branch)
}

/** Whether every value of a type holds a value of the record: such a field would never end. */
function needs(type: Shape, record: RecordShape, seen: Set<Shape>): boolean {
  if (type === record) return true
  if (seen.has(type)) return false
  seen.add(type)
  if (type.kind === 'record') return type.fields.some(field => needs(field.type, record, seen))
  return type.kind === 'union' && type.branches.every(branch => needs(branch, record, seen))
}
