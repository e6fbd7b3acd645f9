import { avro, int64, json, type Serde, string, type Windowed, windowed } from '../../../topology/index.ts'

/** A value of some format. */
export type Wire = NonNullable<unknown>

/** One kind of data in one format: its serde, and the way from and to plain data. */
export interface Kind<D, W = Wire> {
  readonly serde: Serde<W>
  make(plain: D): W
  read(value: W): D
}

/** The kinds that the operators are run with. In Avro each has a schema of its own, as different records have. */
export interface Format {
  readonly name: string
  /** The key of the inputs. */
  readonly id: Kind<string>
  /** A key that is computed. */
  readonly group: Kind<string>
  /** The value of the left input. */
  readonly amount: Kind<number>
  /** The value of the right input. */
  readonly label: Kind<string>
  /** The value that joins and aggregates make. */
  readonly text: Kind<string>
  /** The rows of a typed table. */
  readonly row: Serde<Row>
}

interface Row {
  readonly id: string
  readonly amount: number
}

function kind<D, W extends Wire>(serde: Serde<W>, make: (plain: D) => W, read: (value: W) => D): Kind<D> {
  return { serde, make, read } as unknown as Kind<D>
}

/** Windows of a key. Shape: `read` gives `'a@0-10000'`. */
export function windowedKind(of: Kind<string>): Kind<string, Windowed<Wire>> {
  return {
    serde: windowed(of.serde),
    make: () => {
      throw new Error('windows are made by operators')
    },
    read: ({ key, start, end }) => `${of.read(key)}@${start}-${end}`,
  }
}

/** A count, which is an int64 in every format. */
export const count = kind<string, bigint>(int64, BigInt, String)

const id = avro({ type: 'record', name: 'matrix.Id', fields: [{ name: 'id', type: 'string' }] })
const group = avro({ type: 'record', name: 'matrix.Group', fields: [{ name: 'group', type: 'string' }] })
const label = avro({ type: 'record', name: 'matrix.Label', fields: [{ name: 'label', type: 'string' }] })
const text = avro({ type: 'record', name: 'matrix.Text', fields: [{ name: 'text', type: 'string' }] })
const amount = avro({
  type: 'record',
  name: 'matrix.Amount',
  fields: [
    { name: 'amount', type: 'long' },
    { name: 'note', type: ['null', 'string'], default: null },
  ],
})

const row = avro({
  type: 'record',
  name: 'matrix.Row',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'amount', type: 'int' },
  ],
})

export const formats: readonly Format[] = [
  {
    name: 'avro',
    id: kind(
      id,
      plain => ({ id: plain }),
      value => value.id,
    ),
    group: kind(
      group,
      plain => ({ group: plain }),
      value => value.group,
    ),
    amount: kind(
      amount,
      plain => ({ amount: BigInt(plain), note: null }),
      value => Number(value.amount),
    ),
    label: kind(
      label,
      plain => ({ label: plain }),
      value => value.label,
    ),
    text: kind(
      text,
      plain => ({ text: plain }),
      value => value.text,
    ),
    row,
  },
  {
    name: 'json',
    id: boxed<string>(),
    group: boxed<string>(),
    amount: boxed<number>(),
    label: boxed<string>(),
    text: boxed<string>(),
    row: json<Row>(),
  },
  {
    name: 'primitive',
    id: kind<string, string>(string, String, String),
    group: kind<string, string>(string, String, String),
    amount: kind<number, bigint>(int64, BigInt, Number),
    label: kind<string, string>(string, String, String),
    text: kind<string, string>(string, String, String),
    row: json<Row>(),
  },
]

function boxed<D>(): Kind<D> {
  return kind(
    json<{ readonly is: D }>(),
    plain => ({ is: plain }),
    value => value.is,
  )
}
