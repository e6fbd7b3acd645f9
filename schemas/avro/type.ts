import avsc from 'avsc'
import { messageOf, TopologyError } from '../../topology/definition/errors.ts'
import type { AvroSchema } from '../../topology/definition/serde.ts'
import { isMillis } from './branches.ts'
import { BoundedArray, BoundedMap } from './collections.ts'
import { SymbolType } from './enum.ts'
import { DecimalType, TimestampMillisType, UuidType } from './logical.ts'
import { bigintLong } from './long.ts'
import { type AvroModel, type AvroRecord, modelOf } from './model.ts'
import { PlainRecord } from './record.ts'
import { scalars } from './scalars.ts'
import { UnionType } from './union.ts'

/**
 * The avsc type of a schema, with what the library needs changed: names and logical types as the specification has them,
 * longs are bigints, records are plain objects, every union is possible, strings must be well-formed, and a count cannot
 * make the reader go past the end of its bytes.
 *
 * Errors: TopologyError SCHEMA_INCOMPATIBLE for a schema that Avro does not allow.
 */
export function avroType(schema: AvroSchema): avsc.Type {
  try {
    return new TypeBuilder().build(modelOf(schema))
  } catch (error) {
    const what = `the Avro schema ${schemaName(schema)} is not valid (${messageOf(error)})`
    throw new TopologyError('SCHEMA_INCOMPATIBLE', `${what}: write it as Avro 1.11 says`, { cause: error })
  }
}

/** The full name of a named schema, else its type. Shape: `'com.acme.Order'`, `'array'`, `'union'`. */
export function schemaName(schema: AvroSchema): string {
  if (typeof schema === 'string') return schema
  if (isUnion(schema)) return 'union'
  const { name, namespace, type } = schema as { name?: unknown; namespace?: unknown; type: unknown }
  if (typeof name !== 'string') return typeof type === 'string' ? type : schemaName(type as AvroSchema)
  return typeof namespace === 'string' && namespace !== '' && !name.includes('.') ? `${namespace}.${name}` : name
}

/** Whether a schema is a union. */
function isUnion(schema: AvroSchema): schema is readonly AvroSchema[] {
  return Array.isArray(schema)
}

/** avsc is given models in the place of schemas, and asks this for the type of each. */
class TypeBuilder {
  /** Named types by full name, kept by avsc from the moment that their construction begins. */
  readonly #registry: Record<string, avsc.Type> = Object.create(null)

  build(model: AvroModel): avsc.Type {
    const known = 'name' in model ? this.#registry[model.name] : undefined
    if (known) return known
    const { logical, ...plain } = 'logical' in model ? model : { ...model, logical: undefined }
    switch (logical?.type) {
      case 'decimal':
        return new DecimalType({ ...logical, ...plain, logicalType: 'decimal' }, this.#options())
      case 'uuid':
        return new UuidType({ ...plain, logicalType: 'uuid' }, this.#options())
    }
    if (logical && isMillis(logical.type))
      return new TimestampMillisType({ ...plain, logicalType: logical.type }, this.#options())
    return this.#plain(model)
  }

  #plain(model: AvroModel): avsc.Type {
    switch (model.kind) {
      case 'primitive':
        return model.type === 'long' ? bigintLong : scalars[model.type]
      case 'array':
        return new BoundedArray({ items: model.items } as unknown as avsc.Schema, this.#options())
      case 'map':
        return new BoundedMap({ values: model.values } as unknown as avsc.Schema, this.#options())
      case 'union':
        return new UnionType(model.branches, branch => this.build(branch))
      case 'enum':
        return new SymbolType(model, this.#options())
      case 'fixed':
        return new avsc.types.FixedType(
          { ...model, name: absolute(model.name) } as unknown as avsc.Schema,
          this.#options(),
        )
      case 'record':
        return this.#record(model)
    }
  }

  #record({ name, aliases, fields }: AvroRecord): avsc.Type {
    return new PlainRecord({ type: 'record', name: absolute(name), aliases, fields }, this.#options())
  }

  /** Fresh ones for each type: avsc keeps the namespace in them, and names are full names here. */
  #options(): object {
    return {
      registry: this.#registry,
      omitRecordMethods: true,
      typeHook: (model: AvroModel) => this.build(model),
    }
  }
}

/** avsc's way to say that a name has no namespace. */
function absolute(name: string): string {
  return name.includes('.') ? name : `.${name}`
}
