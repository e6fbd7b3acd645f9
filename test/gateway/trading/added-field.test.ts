import * as assert from 'uvu/assert'
import { recordView, viewFields } from '../../../gateway/index.ts'
import { tradeView } from '../../../gateway/trading/views/trade-view.ts'
import { DecisionRow } from '../../../schemas/trading/generated/decision-row.ts'
import { decisions } from '../../../store/trading/portfolio-risk.ts'
import { avroOf, columnsOf, pickFields, type Serde, store } from '../../../topology/index.ts'
import { suite } from '../../support/suite.ts'
import { trade } from './support/stub-reads.ts'

const hidden = ['portfolioId', 'sourceEventId', 'correlationId'] as const
const names = { limitValue: 'limit', observedValue: 'observed' } as const

interface Wider extends DecisionRow {
  readonly venueFee: bigint | null
}

const schema = DecisionRow.schema as { readonly type: 'record'; readonly fields: readonly object[] }

/** The row of a decision with one field more, which nothing but its schema has. */
const Wider: Serde<Wider> = avroOf<Wider>({
  ...schema,
  fields: [
    ...schema.fields,
    {
      name: 'venueFee',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 18 }],
      default: null,
      doc: 'Fee of the venue.',
    },
  ],
})

suite('a field that is added to the schema of a row', test => {
  test('is a column of the table', () => {
    const key = ['portfolioId', 'idempotencyKey'] as const
    const wider = store.table('decisions', columnsOf(Wider), { key, value: Wider })
    const columns = (of: typeof decisions | typeof wider) =>
      of.value.columns.map(({ name, sql, nullable }) => `${name} ${sql.pg}${nullable ? '' : ' not null'}`)
    assert.equal(columns(wider), [...columns(decisions), 'venue_fee numeric(38,18)'])
    assert.is(wider.table.venueFee.name, 'venue_fee')
  })

  test('is in the row that is picked from an event that has it', () => {
    const event = { ...trade, venueFee: 25n, tickSize: 1n }
    assert.equal(pickFields(Wider, event), { ...trade, venueFee: 25n })
    // @ts-expect-error the row does not compile without a value for it
    assert.is(pickFields(Wider, trade).venueFee, null)
  })

  test('is in the view, in JSON and in its schema', () => {
    const { schema, view } = recordView('Trade', viewFields(Wider, { hidden, names }))
    const shown = view({ ...trade, venueFee: 25n * 10n ** 16n })
    assert.is(shown.venueFee, '0.25')
    assert.equal(Object.keys(schema.shape).sort(), [...Object.keys(tradeView.shape), 'venueFee'].sort())
    assert.ok(schema.safeParse(shown).success)
  })
})
