import type { Clock } from '../../topology/definition/clock.ts'
import type { ServerProbe } from './server-probe.ts'
import type { Session } from './session.ts'

/** The time without an answer after which a second connection asks for the first. Units: ms. */
const firstProbeMs = 1_500
/** The time that an answer which is on its way gets. Units: ms. */
const graceMs = 500

/**
 * Watches a request that is under way: half-open connections, whose server or network is gone, say nothing at all. After a
 * while a second connection asks whether the server answers, and whether the request's own process still works on it. When one of the two is
 * not so, `lost` is called with the reason; a request that waits for a lock or for a pooler, or works, is left alone.
 *
 * Returns the function that ends the watch.
 */
export function watchAnswer(
  session: Pick<Session, 'pid'>,
  probe: Pick<ServerProbe, 'ask'>,
  clock: Pick<Clock, 'after'>,
  lost: (reason: string) => void,
): () => void {
  let ended = false
  let timer = { cancel() {} }
  const wait = (ms: number, then: () => void) => {
    timer = clock.after(ms, then)
  }
  const ask = async (nextMs: number) => {
    const verdict = await probe.ask(session.pid)
    if (ended) return
    if (verdict === 'working') wait(nextMs, () => void ask(Math.min(nextMs * 2, 15_000)))
    else if (verdict === 'silent') lost('no answer, and a second connection got none either')
    else wait(graceMs, () => lost('its connection was lost unnoticed: the server does not work on it any more'))
  }
  wait(firstProbeMs, () => void ask(firstProbeMs))
  return () => {
    ended = true
    timer.cancel()
  }
}
