import avsc from 'avsc'
import { type CheckHook, hasFields, setOwn, type Tap, type Wire, wireOf } from './wire.ts'

type Field = avsc.types.Field
type Values = Readonly<Record<string, unknown>>

/**
 * A record whose values are plain objects: avsc makes instances of a class of its own, but with Object's prototype they are
 * what a literal makes.
 *
 * avsc generates code that takes a field as `value.name`. Where a field has a name that every object inherits (`__proto__`,
 * `constructor`), code of our own takes it only when it is the object's own.
 */
export class PlainRecord extends avsc.types.RecordType {
  constructor(schema: object, options: object) {
    super(schema as avsc.Schema, options)
    if (!inherits(this)) this.recordConstructor.prototype = Object.prototype
  }

  /** Whether a field has a name that every object inherits. */
  get inherits(): boolean {
    return inherits(this)
  }

  /** The record of field values in their order. Undefined: the field's default. */
  make(values: readonly unknown[]): object {
    return new this.recordConstructor(...values)
  }

  // The three are called by the constructor of avsc, before this class is there: they use nothing of it.

  _createConstructor(...options: unknown[]): unknown {
    if (!inherits(this)) return generator._createConstructor.apply(this, options)
    const { fields } = this
    return function make(...values: readonly unknown[]) {
      const record: Record<string, unknown> = {}
      fields.forEach((field, index) => {
        const value = values[index]
        setOwn(record, field.name, value === undefined ? field.defaultValue() : value)
      })
      return record
    }
  }

  _createWriter(): unknown {
    if (!inherits(this)) {
      const write = generator._createWriter.call(this) as Wire['_write']
      return (tap: Tap, record: unknown) => {
        if (!hasFields(record)) throw new Error('not a record')
        write(tap, record)
      }
    }
    const { fields } = this
    return (tap: Tap, record: Values) => {
      for (const field of fields) wireOf(field.type)._write(tap, ownOrDefault(record, field))
    }
  }

  _createChecker(): unknown {
    if (!inherits(this)) {
      const checked = generator._createChecker.call(this) as Wire['_check']
      return function check(this: avsc.Type, record: unknown, flags: unknown, hook?: CheckHook, path: string[] = []) {
        if (hasFields(record)) return checked.call(this as unknown as Wire, record, flags, hook, path)
        hook?.(record, this)
        return false
      }
    }
    const { fields } = this
    return function check(this: avsc.Type, record: unknown, flags: unknown, hook?: CheckHook, path: string[] = []) {
      if (!hasFields(record)) {
        hook?.(record, this)
        return false
      }
      let valid = true
      for (const field of fields) {
        path.push(field.name)
        valid = wireOf(field.type)._check(ownOrDefault(record, field), flags, hook, path) && valid
        path.pop()
      }
      return valid
    }
  }

  /** A default leaves out fields that have defaults of their own. */
  _copy(value: unknown, options?: object): object {
    if (value === null || typeof value !== 'object' || Array.isArray(value))
      throw new Error('a default that is no record')
    if (this.fields === undefined) throw new Error('a default of a record within that record itself')
    return this.make(
      this.fields.map(field => {
        const part = own(value as Values, field)
        if (part !== undefined) return wireOf(field.type)._copy(part, options)
        if (field.defaultValue() === undefined) throw new Error(`a default without the field '${field.name}'`)
        return undefined
      }),
    )
  }
}

const generator = avsc.types.RecordType.prototype as unknown as Readonly<
  Record<'_createConstructor' | '_createWriter' | '_createChecker', (...args: unknown[]) => unknown>
>

function inherits({ fields }: { readonly fields: readonly Field[] }): boolean {
  return fields.some(({ name }) => name in Object.prototype)
}

function own(record: Values, { name }: Field): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

function ownOrDefault(record: Values, field: Field): unknown {
  const value = own(record, field)
  return value === undefined ? field.defaultValue() : value
}
