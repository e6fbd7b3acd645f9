import { endConnection, openConnection } from './connection.ts'
import type { Session, SessionPlace } from './session.ts'

/** The time without an answer after which a second connection asks for the first. Units: ms. */
const firstProbeMs = 1_500
/** The time in which the second connection has to answer. Units: ms. */
const probeTimeoutMs = 3_000
/** The time that an answer which is on its way gets. Units: ms. */
const graceMs = 500

/**
 * Watches a request that is under way: half-open connections, whose server or network is gone, say nothing at all. After a
 * while a second connection asks whether the server answers, and whether the request's own process still works on it. When one of the two is
 * not so, `lost` is called with the reason; a request that waits for a lock, or works, is left alone.
 *
 * Returns the function that ends the watch.
 */
export function watchAnswer(session: Session, place: SessionPlace, lost: (reason: string) => void): () => void {
  let ended = false
  let timer = { cancel() {} }
  const wait = (ms: number, then: () => void) => {
    timer = place.clock.after(ms, then)
  }
  const probe = async (nextMs: number) => {
    const verdict = await askServer(place, session.pid)
    if (ended) return
    if (verdict === 'working') wait(nextMs, () => void probe(Math.min(nextMs * 2, 15_000)))
    else if (verdict === 'silent') lost('no answer, and a second connection got none either')
    else wait(graceMs, () => lost('its connection was lost unnoticed: the server does not work on it any more'))
  }
  wait(firstProbeMs, () => void probe(firstProbeMs))
  return () => {
    ended = true
    timer.cancel()
  }
}

/** SQLSTATEs of a server that starts or stops: its processes of before are no more. Other refusals, such as of one connection too many, say nothing. */
const restarts = new Set(['57P01', '57P02', '57P03'])

type Verdict = 'working' | 'gone' | 'silent'

/** Asks on a connection of its own. `pid`: the process that should be working; undefined where it is not known. */
async function askServer({ url, clock }: SessionPlace, pid: number | undefined): Promise<Verdict> {
  const session = { application_name: 'millrace probe' }
  const connection = openConnection({ url, connections: 1, clock, connectTimeoutMs: probeTimeoutMs, session })
  const timer = clock.after(probeTimeoutMs, () => void endConnection(connection, 0))
  try {
    // A process of another user has a state that is not to be seen.
    const [row] = await connection.sql.unsafe(
      `select $1::int is null or exists (select from pg_stat_activity
         where pid = $1::int and coalesce(state, 'active') <> 'idle') as working`,
      [pid ?? null],
      { prepare: false },
    )
    return row?.working === true ? 'working' : 'gone'
  } catch (error) {
    const { code, severity } = error as { readonly code?: unknown; readonly severity?: unknown }
    if (severity === undefined) return 'silent'
    return restarts.has(String(code)) ? 'gone' : 'working'
  } finally {
    timer.cancel()
    void endConnection(connection, 0)
  }
}
