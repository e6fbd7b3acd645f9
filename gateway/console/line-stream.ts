import type { Context } from 'hono'

/** Units: ms. */
const heartbeatMs = 15_000
/** Lines that wait for a slow reader; more are left out, as each tells the whole state anew. */
const waitingAtMost = 64

const encoder = new TextEncoder()

/**
 * An answer of JSON, a line at a time, that goes on until its reader leaves or `closing` aborts. `subscribe` is given the function
 * that writes a line, and returns the one that ends the subscription.
 */
export function lineStream(
  context: Context,
  closing: AbortSignal,
  subscribe: (write: (line: object) => void) => () => void,
  ended: () => void,
): Response {
  let end = () => {}
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const send = (text: string) => {
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(text))
        }
        const unsubscribe = subscribe(line => send(`${JSON.stringify(line)}\n`))
        const beat = setInterval(() => send('\n'), heartbeatMs)
        const close = () => {
          end()
          controller.close()
        }
        end = () => {
          end = () => {}
          clearInterval(beat)
          closing.removeEventListener('abort', close)
          unsubscribe()
          ended()
        }
        closing.addEventListener('abort', close)
        if (closing.aborted) close()
      },
      cancel: () => end(),
    },
    { highWaterMark: waitingAtMost },
  )
  return context.body(stream, 200, { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store' })
}
