import { branchName, isMillis, isWrapped } from '../../../../schemas/avro/branches.ts'
import type { AvroModel, AvroPrimitive } from '../../../../schemas/avro/model.ts'
import { setOwn } from '../../../../schemas/avro/wire.ts'
import type { Dice } from './random-schema.ts'

/** A value of a schema as a serde takes it, in which a record leads back to itself a few times at most. */
export function randomValue(model: AvroModel, dice: Dice, depth = 5): unknown {
  const count = () => (depth <= 0 ? 0 : dice.upTo(3))
  switch (model.kind) {
    case 'primitive':
      return primitive(model.type, model.logical?.type, model.logical?.precision, dice)
    case 'enum':
      return dice.pick(model.symbols)
    case 'fixed':
      return fixed(model.size, model.logical?.type, model.logical?.precision, dice)
    case 'array':
      return Array.from({ length: count() }, () => randomValue(model.items, dice, depth - 1))
    case 'map': {
      const map: Record<string, unknown> = {}
      for (let left = count(); left > 0; left--) setOwn(map, text(dice), randomValue(model.values, dice, depth - 1))
      return map
    }
    case 'record': {
      const record: Record<string, unknown> = {}
      for (const { name, type } of model.fields) setOwn(record, name, randomValue(type, dice, depth - 1))
      return record
    }
    case 'union': {
      const shallow = model.branches.filter(branch => branch.kind !== 'record')
      const branch = dice.pick(depth > 0 || shallow.length === 0 ? model.branches : shallow)
      const value = randomValue(branch, dice, depth - 1)
      return value !== null && isWrapped(model.branches) ? { [branchName(branch)]: value } : value
    }
  }
}

function primitive(
  type: AvroPrimitive,
  logical: string | undefined,
  precision: number | undefined,
  dice: Dice,
): unknown {
  if (logical === 'decimal') return digits(precision as number, dice)
  if (logical === 'uuid') return uuid(dice)
  switch (type) {
    case 'null':
      return null
    case 'boolean':
      return dice.chance(0.5)
    case 'int':
      return dice.pick([0, -1, 63, 64, -65, 2 ** 31 - 1, -(2 ** 31), (dice.random() * 2 ** 32) | 0, 16_777_217])
    case 'long':
      return logical !== undefined && isMillis(logical) ? dice.upTo(2 ** 45) - 2 ** 44 : long(dice)
    case 'float':
      return Math.fround(double(dice))
    case 'double':
      return double(dice)
    case 'bytes':
      return bytes(dice.upTo(4), dice)
    case 'string':
      return text(dice)
  }
}

function fixed(size: number, logical: string | undefined, precision: number | undefined, dice: Dice): unknown {
  if (logical === 'decimal') return digits(precision as number, dice)
  return logical === 'uuid' ? uuid(dice) : bytes(size, dice)
}

function long(dice: Dice): bigint {
  const bits = BigInt(dice.upTo(63))
  const random = BigInt.asIntN(64, (BigInt(Math.floor(dice.random() * 2 ** 32)) << 32n) | BigInt(dice.upTo(2 ** 31)))
  return dice.pick([
    0n,
    -(2n ** 63n),
    2n ** 63n - 1n,
    2n ** 53n + 1n,
    random,
    random >> bits,
    2n ** 62n + 2n ** 38n + 1n,
  ])
}

function double(dice: Dice): number {
  return dice.pick([
    0,
    -0,
    0.1,
    -1.5,
    1e-45,
    3.4e38,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    dice.random() * 1e6,
    16_777_217,
  ])
}

function bytes(length: number, dice: Dice): Buffer {
  return Buffer.from(Array.from({ length }, () => dice.upTo(127)))
}

function text(dice: Dice): string {
  return dice.pick(['', 'a', 'key', '\u00e9\u4e2d', '\ud83d\ude00', 'a\u0000b', '__proto__', `k${dice.upTo(99)}`])
}

function digits(precision: number, dice: Dice): bigint {
  const limit = 10n ** BigInt(1 + dice.upTo(precision - 1)) - 1n
  return dice.pick([0n, -1n, 128n % (limit + 1n), limit, -limit, BigInt(dice.upTo(9)) - 5n])
}

function uuid(dice: Dice): string {
  const hex = bytes(16, dice).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
