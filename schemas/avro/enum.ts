import type { AvroEnum } from './model.ts'
import { BaseType, type CheckHook, type Tap } from './wire.ts'

/** An enum. avsc's own takes every name that JavaScript objects inherit (`'constructor'`) for a symbol. */
export class SymbolType extends BaseType {
  override readonly typeName = 'enum'
  readonly symbols: readonly string[]
  readonly default: string | undefined
  readonly #indexes: ReadonlyMap<unknown, number>

  constructor(model: AvroEnum, options: object) {
    super(model, options)
    this.symbols = model.symbols
    this.default = model.default
    this.#indexes = new Map(model.symbols.map((symbol, index) => [symbol, index]))
    const wrong = model.symbols.find(symbol => !/^[A-Za-z_]\w*$/.test(symbol))
    if (wrong !== undefined) throw new Error(`'${wrong}' is no symbol of an enum`)
    if (this.#indexes.size < model.symbols.length) throw new Error(`enum '${model.name}' has a symbol twice`)
    if (model.default !== undefined && !this.has(model.default))
      throw new Error(`the default of enum '${model.name}' is none of its symbols`)
  }

  has(symbol: unknown): boolean {
    return this.#indexes.has(symbol)
  }

  _read(tap: Tap): string {
    return this.symbolAt(tap.readLong())
  }

  symbolAt(index: number): string {
    const symbol = this.symbols[index]
    if (symbol === undefined) throw new Error(`holds an invalid '${this.name}' enum index`)
    return symbol
  }

  _skip(tap: Tap): void {
    tap.skipLong()
  }

  _write(tap: Tap, value: unknown): void {
    const index = this.#indexes.get(value)
    if (index === undefined) throw new Error('not a symbol')
    tap.writeLong(index)
  }

  _check(value: unknown, _flags?: unknown, hook?: CheckHook): boolean {
    const valid = this.has(value)
    if (!valid) hook?.(value, this)
    return valid
  }

  _copy(value: unknown): unknown {
    if (!this.has(value)) throw new Error('a default that is no symbol')
    return value
  }
}
