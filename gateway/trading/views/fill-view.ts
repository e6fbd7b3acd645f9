import { ExecutionRow } from '../../../schemas/trading/generated/execution-row.ts'
import { decimalField, decimalText, recordView, viewFields, z } from '../../index.ts'
import { instrumentExamples } from './instrument-view.ts'

const fields = {
  fillId: { schema: z.string(), show: (row: ExecutionRow) => row.fillId ?? row.executionId },
  price: { schema: decimalField, show: (row: ExecutionRow) => decimalText(row.lastPrice ?? 0n) },
  ...viewFields(ExecutionRow, {
    hidden: [
      'portfolioId',
      'executionId',
      'execType',
      'fillId',
      'fillSeq',
      'lastPrice',
      'limitPrice',
      'cumQty',
      'isTerminal',
      'sourceEventId',
      'instrumentKey',
      'correlationId',
      'quarantine',
    ],
    names: { lastQty: 'quantity', orderQty: 'orderQuantity', leavesQty: 'leaves' },
    about: {
      ...instrumentExamples,
      execSeq: { description: 'Contiguous within the portfolio.' },
      leavesQty: { description: 'The quantity of the order that is left after this fill.' },
    },
  }),
}

const fill = recordView('Fill', fields, {
  first: ['fillId', 'execSeq', 'orderId', 'tradeId'],
  last: ['quantity', 'price', 'fee', 'orderQuantity', 'leaves', 'executedAt'],
})

/** A fill as the API shows it. */
export const fillView = fill.schema

/** The view of a row that has a fill. */
export const viewFill = fill.view
