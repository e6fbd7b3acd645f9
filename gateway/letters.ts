import { z } from '@hono/zod-openapi'

/** A dead letter as an application's routes show it. */
export const letterView = z
  .object({
    place: z.string().openapi({ description: 'Its topic, partition and offset.', example: 'orders.dlq/3/41' }),
    source: z.string().openapi({ description: 'The place of the record that failed.', example: 'orders/3/1207' }),
    processor: z.string().openapi({ example: 'order-totals' }),
    code: z.string().openapi({ example: 'DECODE_FAILED' }),
    message: z.string(),
    attempts: z.string().openapi({ example: '1' }),
    lastFailure: z.string().openapi({ example: '2026-01-02T03:04:05.678Z' }),
    state: z.string().openapi({ description: 'open, retried, resolved or dropped.', example: 'open' }),
  })
  .openapi('DeadLetter')

/** The data of `letterView`. */
export type FoundLetter = z.output<typeof letterView>

/**
 * Finds the dead letters of records that carry one of these ids, oldest failure first: as event id, correlation id or idempotency key,
 * or in a field of the value or its payload. Shape: `letters(['alpha-01'], 'portfolioId')`. It reads the dead-letter topics whole.
 * Errors: RetriableError BROKER_UNAVAILABLE.
 */
export type FindLetters = (ids: readonly string[], field?: string) => Promise<readonly FoundLetter[]>
