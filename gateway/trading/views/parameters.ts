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

/** A filter by whether a row is still open. */
export const openParameter = z
  .enum(['true', 'false'])
  .transform(text => text === 'true')
  .optional()
  .openapi({ type: 'string', enum: ['true', 'false'], description: 'Open ones only, or closed ones only.' })
