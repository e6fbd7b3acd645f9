import { sql } from 'drizzle-orm'
import {
  customType,
  timestamp as drizzleTimestamp,
  integer,
  jsonb,
  numeric,
  type PgColumnBuilderBase,
  pgTable,
  serial,
  text,
} from 'drizzle-orm/pg-core'
import * as assert from 'uvu/assert'
import { avroOf } from '../../schemas/avro/avro.ts'
import { json } from '../../schemas/json.ts'
import type { StoredRow } from '../../store/contract.ts'
import { store } from '../../store/definitions.ts'
import { bigint, decimal, timestamp } from '../../store/table-columns.ts'
import { MillraceError } from '../../topology/definition/errors.ts'
import { suite } from '../support/suite.ts'
import { claimMemory, openTable } from './open-table.ts'

interface Position {
  readonly portfolioId: string
  readonly instrumentKey: string
  readonly quantity: bigint
  readonly openedAt: number | null
  readonly side: 'LONG' | 'SHORT'
}

/** Its quantity may be null, which its column does not allow. */
const position = avroOf<Position>({
  type: 'record',
  name: 'Position',
  fields: [
    { name: 'portfolioId', type: 'string' },
    { name: 'instrumentKey', type: 'string' },
    { name: 'quantity', type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }] },
    { name: 'openedAt', type: ['null', { type: 'long', logicalType: 'timestamp-millis' }] },
    { name: 'side', type: { type: 'enum', name: 'PositionSide', symbols: ['LONG', 'SHORT'] } },
  ],
})

const columns = () => ({
  portfolioId: text().notNull(),
  instrumentKey: text().notNull(),
  quantity: decimal().notNull(),
  openedAt: timestamp(),
  side: text().$type<'LONG' | 'SHORT'>().notNull(),
})

const positions = store.table('open-positions', columns(), {
  key: ['portfolioId', 'instrumentKey'],
  value: position,
})

const long: Position = {
  portfolioId: 'p-1',
  instrumentKey: 'XNAS:A',
  quantity: 5n,
  openedAt: null,
  side: 'LONG',
}

suite('typed table', test => {
  test('columns are the fields, in snake case, the key first', () => {
    const shape = (list: typeof positions.key.columns) =>
      list.map(({ name, sql, nullable }) => [name, sql.pg, nullable])
    assert.equal(shape(positions.key.columns), [
      ['portfolio_id', 'text', undefined],
      ['instrument_key', 'text', undefined],
    ])
    assert.equal(shape(positions.value.columns), [
      ['quantity', 'numeric(38,18)', undefined],
      ['opened_at', 'timestamptz', true],
      ['side', 'text', undefined],
    ])
    assert.is(positions.table.quantity.name, 'quantity')
    assert.is(positions.table.portfolioId.name, 'portfolio_id')
  })

  test('a row is put, read whole again, and found by a prefix of its key', async () => {
    const storage = await claimMemory(positions as never)
    const table = await openTable(positions, storage, { residentRows: 0 })
    const face = positions.open(table)
    face.put(['p-1', 'XNAS:A'], long)
    const { delta } = table.drain()
    const expected: StoredRow = { key: ['p-1', 'XNAS:A'], value: [5n, null, 'LONG'], timestamp: 0 }
    assert.equal(delta.puts, [expected])
    await storage.apply({ stores: [delta], checkpoints: new Map() })
    const fresh = positions.open(await openTable(positions, storage, { residentRows: 0 }))
    assert.equal(await fresh.get(['p-1', 'XNAS:A']), long)
    assert.equal(
      (await fresh.prefix('p-1')).map(({ value }) => value),
      [long],
    )
  })

  test('a row under a foreign key, and a null where none may be, are refused', async () => {
    const face = positions.open(await openTable(positions, await claimMemory(positions as never)))
    const refused = (error: unknown) => error instanceof MillraceError && error.code === 'VALUE_REFUSED'
    assert.throws(() => face.put(['p-2', 'XNAS:A'], long), refused)
    assert.throws(() => face.put(['p-1', 'XNAS:A'], { ...long, quantity: null as never }), refused)
  })

  test('one key column makes a plain key', async () => {
    const table = store.table(
      'sides',
      { id: text().notNull(), count: integer().notNull() },
      {
        key: ['id'],
        value: json<{ id: string; count: number }>(),
      },
    )
    const face = table.open(await openTable(table, await claimMemory(table as never)))
    face.put('x', { id: 'x', count: 3 })
    assert.equal(await face.get('x'), { id: 'x', count: 3 })
  })

  test('columns that records cannot fill are refused with the remedy', () => {
    const message = (make: () => unknown) => {
      try {
        make()
      } catch (error) {
        return (error as Error).message
      }
    }
    const value = json<never>()
    assert.match(
      message(() => store.table('t', { id: text().notNull(), n: numeric() }, { key: ['id'], value } as never)) ?? '',
      "column 'n' of store 't' is a numeric of string, which no record holds: use decimal() of millrace",
    )
    assert.match(
      message(() =>
        store.table('t', { id: text().notNull(), at: drizzleTimestamp() }, { key: ['id'], value } as never),
      ) ?? '',
      'use timestamp() of millrace',
    )
    assert.match(
      message(() => store.table('t', { id: text(), n: jsonb() }, { key: ['id'], value } as never)) ?? '',
      "key column 'id' may be null: add .notNull()",
    )
    assert.match(
      message(() =>
        store.table('t', { id: text().notNull(), partition: integer() }, { key: ['id'], value } as never),
      ) ?? '',
      "column 'partition' is one that every store table has",
    )
  })

  test('what the table would silently not have is refused with the name of the column', () => {
    const other = pgTable('others', { id: text().notNull() })
    const shouting = customType<{ data: bigint; driverData: string }>({
      dataType: () => 'bigint',
      toDriver: value => String(value * 2n),
      fromDriver: raw => BigInt(raw) / 2n,
    })
    const message = (column: PgColumnBuilderBase) => {
      try {
        store.table('t', { id: text().notNull(), n: column }, { key: ['id'], value: json<never>() } as never)
      } catch (error) {
        return (error as Error).message
      }
      return 'accepted'
    }
    const refused: readonly (readonly [PgColumnBuilderBase, string])[] = [
      [text().references(() => other.id), 'references another table'],
      [text().references(() => other.id, { onDelete: 'cascade' }), 'references another table'],
      [text().generatedAlwaysAs(sql`id || 'x'`), 'is generated'],
      [integer().generatedAlwaysAsIdentity(), 'is an identity'],
      [integer().generatedByDefaultAsIdentity(), 'is an identity'],
      [
        text()
          .default('x')
          .$onUpdateFn(() => 'y'),
        'has a computed default',
      ],
      [text().default(sql`now()`), 'has a computed default'],
      [text().$defaultFn(() => 'x'), 'has a computed default'],
      [text().$onUpdateFn(() => 'x'), 'has a computed default'],
      [text().unique(), 'a unique constraint'],
      [text().primaryKey(), 'a primary key'],
      [serial(), 'has a computed default'],
      [text().array(), 'is a text[] of array, which no record holds'],
      [shouting(), 'is a bigint of custom, which no record holds: use bigint() of millrace'],
    ]
    for (const [column, problem] of refused) {
      assert.match(message(column), `column 'n' of store 't' `)
      assert.match(message(column), problem)
    }
    assert.is(message(text()), 'accepted')
    assert.is(message(bigint()), 'accepted')
  })

  test('a table is split by a time of its key, and indexed by columns that fit into an index', () => {
    const events = () => ({
      id: text().notNull(),
      at: timestamp().notNull(),
      n: integer().notNull(),
      note: text().notNull(),
    })
    const value = json<{ id: string; at: number; n: number; note: string }>()
    const made = store.table('events', events(), {
      key: ['id', 'at'],
      value,
      partitionBy: { field: 'at', every: 'day' },
      indexes: [['id', 'n']],
    })
    assert.equal(made.partitionedBy, { column: 1, every: 'day' })
    assert.equal(made.indexes, [['id', 'n']])
    const message = (name: string, key: readonly string[], more: object) => {
      try {
        store.table(name, events(), { key, value, ...more } as never)
      } catch (error) {
        return (error as Error).message
      }
    }
    const by = (field: string) => ({ partitionBy: { field, every: 'month' } })
    assert.match(message('t', ['id'], by('at')) ?? '', "partitioned by 'at', which is not of its key: add it to 'key'")
    assert.match(message('t', ['id', 'at'], by('id')) ?? '', "partitioned by 'id', which is no time")
    assert.match(
      message('t'.repeat(60), ['id', 'at'], by('at')) ?? '',
      'names of its partitions are longer than 63 bytes',
    )
    assert.match(message('t', ['id'], { indexes: [['what']] }) ?? '', "an index names 'what', which is no column")
    assert.match(message('t', ['id'], { indexes: [['note']] }) ?? '', "an index names 'note', which may be too long")
  })

  test('columns that are not the fields of the value do not compile', () => {
    const key = ['portfolioId'] as const
    const { quantity: _, ...without } = columns()
    // @ts-expect-error the value has a quantity, the columns have not
    const missing = () => store.table('a', without, { key, value: position })
    // @ts-expect-error the columns have a price, the value has not
    const surplus = () => store.table('b', { ...columns(), price: decimal() }, { key, value: position })
    // @ts-expect-error the quantity is a bigint in the value and text in the columns
    const other = () => store.table('c', { ...columns(), quantity: text().notNull() }, { key, value: position })
    // @ts-expect-error the quantity may be null in the columns only
    const nullable = () => store.table('d', { ...columns(), quantity: decimal() }, { key, value: position })
    // @ts-expect-error the key names no column
    const unknown = () => store.table('e', columns(), { key: ['portfolio'], value: position })
    assert.is([missing, surplus, other, nullable, unknown].length, 5)
  })
})
