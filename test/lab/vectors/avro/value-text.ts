import { branchName, isWrapped, valueKind } from '../../../../schemas/avro/branches.ts'
import type { AvroModel, AvroPrimitive } from '../../../../schemas/avro/model.ts'

/**
 * A value in words that two implementations can be compared by: numbers as digits or bits, bytes in hex, records and maps as
 * pairs, and every union with its branch. AvroOracle.java has the same.
 */
export function valueText(model: AvroModel, value: unknown): unknown {
  switch (model.kind) {
    case 'primitive':
      return primitiveText(model.type, value)
    case 'enum':
      return value
    case 'fixed':
      if (model.logical?.type === 'uuid') return String(value).replaceAll('-', '')
      return typeof value === 'bigint' ? String(value) : (value as Buffer).toString('hex')
    case 'array':
      return (value as readonly unknown[]).map(item => valueText(model.items, item))
    case 'map': {
      const entries = Object.entries(value as object).map(
        ([key, part]) => [key, valueText(model.values, part)] as const,
      )
      return entries.sort(([a], [b]) => (a < b ? -1 : 1))
    }
    case 'record':
      return model.fields.map(({ name, type }) => {
        const own = Object.hasOwn(value as object, name) ? (value as Record<string, unknown>)[name] : undefined
        return [name, valueText(type, own)]
      })
    case 'union': {
      const branch = branchOf(model.branches, value)
      const part = value !== null && isWrapped(model.branches) ? Object.values(value as object)[0] : value
      return [branchName(branch), valueText(branch, part)]
    }
  }
}

function branchOf(branches: readonly AvroModel[], value: unknown): AvroModel {
  const wrapped = value !== null && isWrapped(branches)
  const found = branches.find(branch =>
    wrapped ? branchName(branch) === Object.keys(value as object)[0] : valueKind(branch) === kindOf(value),
  )
  if (found) return found
  throw new Error('a value of no branch')
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Buffer.isBuffer(value)) return 'bytes'
  return Array.isArray(value) ? 'array' : typeof value
}

function primitiveText(type: AvroPrimitive, value: unknown): unknown {
  switch (type) {
    case 'int':
    case 'long':
      return String(value)
    case 'float':
      return hexOf(4, bits => bits.setFloat32(0, value as number))
    case 'double':
      return hexOf(8, bits => bits.setFloat64(0, value as number))
    case 'bytes':
      return typeof value === 'bigint' ? String(value) : (value as Buffer).toString('hex')
  }
  return value
}

function hexOf(length: number, set: (bits: DataView) => void): string {
  const bytes = Buffer.alloc(length)
  set(new DataView(bytes.buffer, bytes.byteOffset, length))
  return bytes.toString('hex')
}
