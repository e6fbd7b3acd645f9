import type { AvroPrimitive } from '../../../../schemas/avro/model.ts'
import { addBranch, type Dice, type SchemaMaker } from './random-schema.ts'
import { branchOf, type EnumShape, type FieldShape, type RecordShape, type Shape } from './shape.ts'

const promotions: Partial<Record<AvroPrimitive, readonly AvroPrimitive[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
}

/**
 * Makes a later version of a schema, readable or not: fields, symbols and branches come and go, types are promoted, become
 * optional or change altogether, names change behind aliases and records change their namespaces.
 *
 * Changes that are meant to differ from Java are left out (see "Where Avro differs" in DESIGN.md): enums and fixed that
 * change their namespaces, records that change their names without an alias, aliases of fields in a record that moves,
 * decimals of another scale, texts that become uuids.
 */
export class Evolution {
  readonly #dice: Dice
  readonly #maker: SchemaMaker
  /** The share of places that change. */
  readonly #rate: number
  readonly #done = new Map<Shape, Shape>()

  constructor(dice: Dice, maker: SchemaMaker) {
    this.#dice = dice
    this.#maker = maker
    maker.startAnew()
    this.#rate = dice.pick([0, 0.3, 0.3, 1])
  }

  of(shape: Shape): Shape {
    const changed = this.#within(shape)
    if (changed.kind === 'union' || !this.#chance(0.1)) return changed
    const branches: Shape[] = [changed]
    addBranch(branches, this.#dice.chance(0.7) ? { kind: 'primitive', type: 'null' } : this.#maker.any(1))
    return { kind: 'union', branches: this.#dice.shuffled(branches) }
  }

  #chance(share: number): boolean {
    return this.#dice.chance(share * this.#rate)
  }

  #within(shape: Shape): Shape {
    if (this.#chance(0.02)) return this.#maker.any(1)
    switch (shape.kind) {
      case 'primitive': {
        const wider = promotions[shape.type]
        return wider && !shape.logical && this.#chance(0.3)
          ? { kind: 'primitive', type: this.#dice.pick(wider) }
          : shape
      }
      case 'array':
        return { kind: 'array', items: this.of(shape.items) }
      case 'map':
        return { kind: 'map', values: this.of(shape.values) }
      case 'union':
        return this.#union(shape.branches)
      case 'enum':
        return this.#once(shape, () => this.#enum(shape))
      case 'fixed':
        return this.#once(shape, () =>
          this.#chance(0.05) && !shape.logical ? { ...shape, size: shape.size + 1 } : this.#renamed(shape),
        )
      case 'record':
        return this.#record(shape)
    }
  }

  #once(shape: Shape, make: () => Shape): Shape {
    const done = this.#done.get(shape) ?? make()
    this.#done.set(shape, done)
    return done
  }

  #union(old: readonly Shape[]): Shape {
    const branches: Shape[] = []
    for (const branch of old) {
      if (this.#chance(0.15)) continue
      const changed = this.#within(branch)
      // Two branches may be promoted to one.
      addBranch(
        branches,
        old.some(other => other !== branch && branchOf(other) === branchOf(changed)) ? branch : changed,
      )
    }
    if (this.#chance(0.3)) addBranch(branches, this.#maker.any(1))
    if (branches.length === 0) return this.#within(old[0] as Shape)
    if (branches.length === 1 && this.#chance(0.5)) return branches[0] as Shape
    return { kind: 'union', branches: this.#chance(0.3) ? this.#dice.shuffled(branches) : branches }
  }

  #enum(old: EnumShape): EnumShape {
    const kept = old.symbols.filter(() => !this.#chance(0.2))
    const grown = this.#chance(0.3) ? [...kept, 'HOLD'] : kept
    const symbols = grown.length === 0 ? old.symbols : this.#chance(0.3) ? this.#dice.shuffled(grown) : grown
    const { default: _, ...rest } = old
    const fallback = this.#dice.chance(0.3) ? { default: this.#dice.pick(symbols) } : {}
    return this.#renamed({ ...rest, symbols, ...fallback })
  }

  #renamed<S extends Shape & { readonly name: string; readonly aliases: readonly string[] }>(shape: S): S {
    if (!this.#chance(0.1)) return shape
    // An alias without a namespace is one of the namespace around it.
    const name = this.#maker.freshName()
    return { ...shape, name: shape.name.includes('.') ? name : last(name), aliases: [shape.name] }
  }

  #record(old: RecordShape): Shape {
    const done = this.#done.get(old)
    if (done) return done
    const moved = this.#chance(0.1)
    const record = moved ? { ...old, name: `moved.${last(old.name)}` } : { ...this.#renamed(old) }
    this.#done.set(old, record)
    this.#maker.unfinished.add(record)
    const fields: FieldShape[] = []
    for (const field of old.fields) if (!this.#chance(0.15)) fields.push(this.#field(field, old, moved))
    const names = [...old.fields, ...fields].map(field => field.name)
    if (this.#chance(0.4)) fields.push(this.#maker.field(names, 1, this.#dice.chance(0.9)))
    record.fields = this.#chance(0.3) ? this.#dice.shuffled(fields) : fields
    this.#maker.unfinished.delete(record)
    return record
  }

  #field(old: FieldShape, { fields }: RecordShape, moved: boolean): FieldShape {
    const type = this.of(old.type)
    const fallback = old.default !== undefined || this.#chance(0.2) ? this.#maker.defaultOf(type) : {}
    const name = `${old.name}2`
    const renamed = !moved && this.#chance(0.1) && !fields.some(field => field.name === name)
    return renamed
      ? { name, aliases: [old.name], type, ...fallback }
      : { name: old.name, aliases: [], type, ...fallback }
  }
}

function last(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}
