import { orderStatuses } from '../../../processors/domain/shared/order-moves.ts'
import { OrderRow } from '../../../schemas/trading/generated/order-row.ts'
import { recordView, viewFields, z } from '../../index.ts'
import { instrumentExamples } from './instrument-view.ts'

/** The states of an order. */
export const orderStatus = z.enum(orderStatuses)

const fields = viewFields(OrderRow, {
  hidden: ['portfolioId', 'placedQuantity', 'placedLimitPrice', 'applied', 'reports'],
  about: {
    ...instrumentExamples,
    status: { description: orderStatus.options.join(', '), example: 'FILLED' },
    limitPrice: { description: 'Of a limit order: its limit now, after replacements.' },
    placedAt: { description: 'Null until the placement was seen.' },
  },
})

const order = recordView('Order', fields, { last: ['status', 'placedAt', 'updatedAt'] })

/** An order as the API shows it. */
export const orderView = order.schema

/** The view of a row. */
export const viewOrder = order.view
