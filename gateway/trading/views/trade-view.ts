import { DecisionRow } from '../../../schemas/trading/generated/decision-row.ts'
import { recordView, viewFields } from '../../index.ts'
import { instrumentExamples } from './instrument-view.ts'

const fields = viewFields(DecisionRow, {
  hidden: ['portfolioId', 'sourceEventId', 'correlationId'],
  names: { limitValue: 'limit', observedValue: 'observed' },
  about: {
    ...instrumentExamples,
    reasonCode: { example: 'EXPOSURE_CAP_EXCEEDED' },
    limitValue: { description: 'The limit that refused it.' },
    observedValue: { description: 'The observed value that was compared with the limit.' },
    riskSeq: { description: 'Counts the decisions of the portfolio.' },
  },
})

const trade = recordView('Trade', fields, {
  first: ['decisionId'],
  last: ['riskSeq', 'feedbackExecSeq', 'limitsVersion', 'instrumentVersion'],
})

/** A decision on a signal as the API shows it: an approved trade or a rejection, with its witness. */
export const tradeView = trade.schema

/** The view of a row. */
export const viewTrade = trade.view
