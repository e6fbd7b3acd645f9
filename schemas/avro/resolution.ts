import avsc from 'avsc'
import { type Read, readEntries, readItems } from './collections.ts'
import { SymbolType } from './enum.ts'
import { DecimalType, TimestampMillisType, UuidType } from './logical.ts'
import { type BranchShape, branchFor, fieldPlaces, nameMatch, promotes } from './matching.ts'
import type { AvroPrimitive } from './model.ts'
import { readPromoted } from './promotion.ts'
import { PlainRecord } from './record.ts'
import { UnionType } from './union.ts'
import { wireOf } from './wire.ts'

/** avsc's view of how a writer's bytes are read. */
export type Resolver = ReturnType<avsc.Type['createResolver']>

/** A part of a record that the reader's schema cannot read. The schema's other records may be readable. */
export class Unreadable extends Error {}

/**
 * Makes a resolver, by which a reader's type reads a writer's bytes (Avro 1.11, "Schema Resolution"). As in Avro's Java
 * implementation, a mismatch fails when a value needs it: a symbol, a branch or a null that the reader lacks spoils only
 * the records that hold it. avsc's own resolvers refuse the whole schema.
 */
export function resolverOf(reader: avsc.Type, writer: avsc.Type): Resolver {
  return { _readerType: reader, _read: new Resolution().read(reader, writer, '') } as unknown as Resolver
}

class Resolution {
  /** By reader, then by writer: a record may lead back to itself. */
  readonly #records = new Map<avsc.Type, Map<avsc.Type, Read>>()

  read(reader: avsc.Type, writer: avsc.Type, path: string): Read {
    if (writer instanceof UnionType) return this.#fromUnion(reader, writer, path)
    if (reader instanceof UnionType) return this.#toUnion(reader, writer, path)
    if (reader instanceof DecimalType) return this.#decimal(reader, writer, path)
    const read = this.#plain(plainOf(reader), plainOf(writer), path)
    if (reader instanceof TimestampMillisType) return tap => reader._fromValue(read(tap) as bigint)
    if (reader instanceof UuidType) return tap => reader._fromValue(read(tap) as string | Buffer)
    return read
  }

  #fromUnion(reader: avsc.Type, writer: UnionType, path: string): Read {
    const reads = writer.branches.map(branch => this.read(reader, branch.type, path))
    return tap => (reads[writer.branchAt(tap.readLong()).index] as Read)(tap)
  }

  #toUnion(reader: UnionType, writer: avsc.Type, path: string): Read {
    const branch =
      reader.branches[
        branchFor(
          shapeOf(writer),
          reader.branches.map(({ type }) => shapeOf(type)),
        )
      ]
    if (!branch) return differs(path, writer, 'a union without it')
    const read = this.read(branch.type, writer, path)
    return reader.wrapped ? tap => reader.valueIn(branch, read(tap)) : read
  }

  /** The same bytes are other numbers at another scale. */
  #decimal(reader: DecimalType, writer: avsc.Type, path: string): Read {
    if (!(writer instanceof DecimalType) || !reader.reads(writer) || !fits(plainOf(reader), plainOf(writer)))
      return differs(path, writer, typeText(reader))
    return tap => writer._read(tap)
  }

  #plain(reader: avsc.Type, writer: avsc.Type, path: string): Read {
    if (!fits(reader, writer)) return differs(path, writer, typeText(reader))
    if (reader instanceof PlainRecord && writer instanceof PlainRecord) return this.#record(reader, writer, path)
    if (reader instanceof SymbolType && writer instanceof SymbolType) return symbols(reader, writer, path)
    if (reader instanceof ArrayType && writer instanceof ArrayType) {
      const items = this.read(reader.itemsType, writer.itemsType, `${path}[]`)
      return tap => readItems(tap, items)
    }
    if (reader instanceof MapType && writer instanceof MapType) {
      const values = this.read(reader.valuesType, writer.valuesType, `${path}{}`)
      return tap => readEntries(tap, values)
    }
    return readPromoted(reader, writer)
  }

  #record(reader: PlainRecord, writer: PlainRecord, path: string): Read {
    const against = this.#records.get(reader) ?? new Map<avsc.Type, Read>()
    this.#records.set(reader, against)
    const known = against.get(writer)
    if (known) return known
    let read: Read = () => undefined
    against.set(writer, tap => read(tap))
    read = this.#fields(reader, writer, path)
    return read
  }

  #fields(reader: PlainRecord, writer: PlainRecord, path: string): Read {
    const { places, taken } = fieldPlaces(writer.fields, reader.fields)
    if (taken !== undefined) return fails(path, taken, 'is there twice, by its name and by an alias that it has here')
    const filled = new Set(places.values())
    for (const [index, { name, defaultValue }] of reader.fields.entries())
      if (!filled.has(index) && defaultValue() === undefined)
        return fails(path, name, 'is not there, and has no default here')
    const steps = writer.fields.map(({ name, type }) => {
      const place = places.get(name)
      if (place === undefined) return { place: -1, read: skip(type) }
      const { name: ours, type: target } = reader.fields[place] as avsc.types.Field
      return { place, read: this.read(target, type, join(path, ours)) }
    })
    const count = reader.fields.length
    return tap => {
      const values = new Array<unknown>(count).fill(undefined)
      for (const { place, read } of steps) {
        const value = read(tap)
        if (place >= 0) values[place] = value
      }
      return reader.make(values)
    }
  }
}

const { ArrayType, FixedType, LogicalType, MapType } = avsc.types

function skip(type: avsc.Type): Read {
  const wire = wireOf(type)
  return tap => wire._skip(tap)
}

/** The writer's symbols as the reader has them; one that it lacks is its default, where it has one. */
function symbols(reader: SymbolType, writer: SymbolType, path: string): Read {
  const read = writer.symbols.map(symbol => (reader.has(symbol) ? symbol : reader.default))
  return tap => {
    const index = tap.readLong()
    writer.symbolAt(index)
    const symbol = read[index]
    if (symbol === undefined)
      throw new Unreadable(`${placeOf(path)} holds a symbol that ${typeText(reader)} lacks here`)
    return symbol
  }
}

/** Whether the types are the same apart from their parts, or one is promoted to the other. */
function fits(reader: avsc.Type, writer: avsc.Type): boolean {
  const [to, from] = [shapeOf(reader), shapeOf(writer)]
  if (to.shape !== from.shape) return promotes(from.shape as AvroPrimitive, to.shape as AvroPrimitive)
  if (nameMatch(from, to) === 'none') return false
  return !(reader instanceof FixedType) || reader.size === (writer as avsc.types.FixedType).size
}

function shapeOf(type: avsc.Type): BranchShape {
  const { name, aliases, typeName } = plainOf(type)
  return { name, aliases, shape: typeName.replace('abstract:', '') }
}

/** The type that a logical type annotates. */
function plainOf(type: avsc.Type): avsc.Type {
  return type instanceof LogicalType ? type.underlyingType : type
}

function differs(path: string, writer: avsc.Type, reader: string): Read {
  const problem = `${placeOf(path)} is ${typeText(writer)} there and ${reader} here`
  return () => {
    throw new Unreadable(problem)
  }
}

function fails(path: string, field: string, problem: string): Read {
  return () => {
    throw new Unreadable(`${placeOf(join(path, field))} ${problem}`)
  }
}

/** Shape: `"enum 'acme.Side'"`, `'long'`, `'decimal(38,18)'`. */
export function typeText(type: avsc.Type): string {
  if (type instanceof DecimalType) return `decimal(${type.precision},${type.scale})`
  if (type instanceof UnionType) return `a union of ${type.branches.map(branch => branch.name).join(', ')}`
  const name = type.typeName.replace(/^(logical|abstract):/, '')
  return type.name ? `${name} '${type.name}'` : name
}

function placeOf(path: string): string {
  return path === '' ? 'the value' : `'${path}'`
}

function join(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`
}
