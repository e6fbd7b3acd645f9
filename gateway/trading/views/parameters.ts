import { z } from '@hono/zod-openapi'
import { idField } from '../../index.ts'

/** `portfolioId` in a path. */
export const portfolioParameters = z.object({ portfolioId: idField.openapi({ example: 'alpha-01' }) })

/** Filters by instrument. */
export const instrumentParameters = {
  exchange: idField.optional().openapi({ example: 'XNAS' }),
  instrumentId: idField.optional().openapi({ example: 'MSFT' }),
}

/** A filter by side. */
export const sideParameter = z.enum(['BUY', 'SELL']).optional()
