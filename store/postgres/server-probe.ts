import type { Clock } from '../../topology/definition/clock.ts'
import { endConnection, openConnection, unlessEnded } from './connection.ts'

/** The place of a server, and the clock of the probes. */
interface ProbePlace {
  /** Shape: `postgres://user:password@127.0.0.1:5432/millrace`. */
  readonly url: string
  readonly clock: Pick<Clock, 'after'>
}

/**
 * `working`: the server is there, and may work on the request. `gone`: it does not work on it any more. `silent`: nothing was heard
 * from it.
 */
export type Verdict = 'working' | 'gone' | 'silent'

interface Question {
  readonly pid: number | undefined
  readonly answer: (verdict: Verdict) => void
}

/** The time in which the server has to be heard. Units: ms. */
const probeTimeoutMs = 3_000
/** The time is counted in turns of this process: one that stands still hears nobody, however much a server says. Units: ms. */
const turnMs = 100
/** Its own time for connecting must not end a probe. Units: ms. */
const connectTimeoutMs = 60_000

/** SQLSTATEs of a server that starts or stops: its processes of before are no more. Other refusals, such as of one connection too many, say nothing. */
const restarts = new Set(['57P01', '57P02', '57P03'])

/**
 * Asks whether a server is there, and which of its processes still work: over one connection at a time, whatever the number of
 * requests that wait, since a server or a pooler that is short of connections would be kept busy with the questions.
 *
 * Anything that is heard from it counts: a pooler without a free connection accepts a client and lets its query wait, which a server
 * that is gone does not.
 */
export class ServerProbe {
  readonly #place: ProbePlace
  #questions: Question[] = []
  #asking = false

  constructor(place: ProbePlace) {
    this.#place = place
  }

  /** `pid`: the process that should be working; undefined where it is not known. */
  ask(pid: number | undefined): Promise<Verdict> {
    return new Promise(answer => {
      this.#questions.push({ pid, answer })
      if (!this.#asking) void this.#answerAll()
    })
  }

  async #answerAll(): Promise<void> {
    this.#asking = true
    while (this.#questions.length > 0) {
      const questions = this.#questions
      this.#questions = []
      const pids = questions.flatMap(({ pid }) => pid ?? [])
      const working = await askServer(this.#place, pids)
      const verdictOf = (pid: number | undefined): Verdict =>
        typeof working === 'string' ? working : pid === undefined || working.has(pid) ? 'working' : 'gone'
      for (const { pid, answer } of questions) answer(verdictOf(pid))
    }
    this.#asking = false
  }
}

/** The processes that work, or the verdict on all of them. */
async function askServer({ url, clock }: ProbePlace, pids: readonly number[]): Promise<ReadonlySet<number> | Verdict> {
  const session = { application_name: 'millrace probe' }
  const connection = openConnection({ url, connections: 1, clock, connectTimeoutMs, session })
  const timeOver = afterTurns(clock, () => void endConnection(connection, 0))
  try {
    // A process of another user has a state that is not to be seen.
    const question = connection.sql.unsafe(
      `select pid from pg_stat_activity
         where pid = any(string_to_array($1, ',')::int[]) and coalesce(state, 'active') <> 'idle'`,
      [pids.join()],
      { prepare: false },
    )
    const rows = await unlessEnded(connection, question)
    return new Set(rows.map(row => Number(row.pid)))
  } catch (error) {
    const { code, severity } = error as { readonly code?: unknown; readonly severity?: unknown }
    if (severity === undefined) return connection.sockets.heard ? 'working' : 'silent'
    return restarts.has(String(code)) ? 'gone' : 'working'
  } finally {
    timeOver.cancel()
    void endConnection(connection, 0)
  }
}

/** Calls back after the time to answer, counted in turns of this process, of which a late one counts once. */
function afterTurns(clock: ProbePlace['clock'], then: () => void): { cancel(): void } {
  let left = probeTimeoutMs / turnMs
  let timer = { cancel() {} }
  const turn = () => {
    timer = clock.after(turnMs, () => (--left > 0 ? turn() : then()))
  }
  turn()
  return { cancel: () => timer.cancel() }
}
