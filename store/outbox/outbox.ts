import type { Clock } from '../../topology/definition/clock.ts'
import { RetriableError, TaskMigratedError } from '../../topology/definition/errors.ts'
import { PostgresClient } from '../postgres/client.ts'
import { connectionError, RequestFailure } from '../postgres/errors.ts'
import { numbersLiteral, textsLiteral } from '../postgres/literals.ts'
import { locked } from '../postgres/locked.ts'
import { nextEpoch } from '../postgres/next-epoch.ts'
import type { Statement } from '../postgres/row-statements.ts'
import { createOutbox, type OutboxTables, outboxTables } from './tables.ts'

/** An event on its way to a topic. */
export interface OutboxEntry {
  readonly topic: string
  readonly key: string
  /** The same for every copy: a second entry of one id is refused. */
  readonly eventId: string
  /**
   * JSON of the topic's value serde: an object that has `eventId`, by which the next relay knows a record that its predecessor
   * published. Its `occurredAt`, in ms, is the time of the record; without one it is the time of posting.
   * Shape: `{ "eventId": "k1", "occurredAt": 1267453800000, "line": "to be" }`.
   */
  readonly event: string
  /** Headers that its record carries. Shape: `{ traceparent: '00-...' }`. */
  readonly headers?: Readonly<Record<string, string>>
}

/** An entry that waits to be published. */
export interface PendingEntry extends Required<Omit<OutboxEntry, 'event'>> {
  readonly id: string
  /** As the serde's `fromSql` takes it. */
  readonly event: unknown
  /** Units: ms. */
  readonly postedAt: number
}

/** The position that reading a partition goes on from: everything published before it is marked. */
export interface OutboxMark {
  readonly topic: string
  readonly partition: number
  readonly position: number
}

/** An entry as an operator sees it. Times in ms. */
export interface ListedEntry {
  readonly id: string
  readonly topic: string
  readonly key: string
  readonly eventId: string
  readonly state: EntryState
  readonly postedAt: number
  readonly publishedAt: number | null
  /** Why it cannot be published. Null: it never failed, or is to be tried again. */
  readonly failure: string | null
}

/** The states of an entry. */
export const entryStates = ['pending', 'stuck', 'published', 'skipped'] as const

/** `stuck`: it cannot be published, and later ones of its key wait behind it; `skipped`: an operator gave it up. */
export type EntryState = (typeof entryStates)[number]

/** The entries that wait, and whether a relay works on them. Units: ms. */
export interface OutboxStatus {
  /** Stuck ones among them. */
  readonly pending: number
  /** Those that cannot be published, until an operator retries or skips them. */
  readonly stuck: number
  readonly oldestPendingMs: number | null
  /** Published, and not removed yet. */
  readonly published: number
  readonly lastPublishedMs: number | null
  /** Counts the relays that have ever led. */
  readonly epoch: number
  /** True if a relay leads now. */
  readonly led: boolean
}

/** The database of an outbox, and the tables in it. */
interface OutboxOptions {
  readonly url: string
  readonly schema: string
  readonly clock: Pick<Clock, 'after'>
  /** Statements run with the outbox's own: those for the tables of rows that are written together with entries. */
  readonly tables?: readonly string[]
  /** Unset: 5,000. Units: ms. */
  readonly requestTimeoutMs?: number
}

/** Units: ms. */
const usualTimeoutMs = 5_000

/** A request was sent and not answered in time: it may have taken effect. Repeating it changes nothing more. */
export class Unanswered extends RetriableError {}

/** A request was refused by a unique key. */
export class AlreadyThere extends RetriableError {}

/**
 * The outbox in Postgres. Every change is one statement and so one transaction: a row and its entry are written together or not
 * at all. Requests go one after another on one connection.
 *
 * Errors: RetriableError STORE_UNAVAILABLE; TopologyError CONFIG_INVALID when Postgres refuses the URL's user, password or
 * database; TaskMigratedError FENCED for a relay that does not lead any more.
 */
export class Outbox {
  readonly #client: PostgresClient
  readonly #options: OutboxOptions
  readonly #tables: OutboxTables
  #prepared: Promise<void> | undefined

  constructor(options: OutboxOptions) {
    const { url, clock, schema, requestTimeoutMs = usualTimeoutMs } = options
    this.#options = options
    this.#tables = outboxTables(schema)
    this.#client = new PostgresClient({ url, clock, requestTimeoutMs })
  }

  /** Rows of a statement of the caller. */
  async read({ text, parameters }: Statement): Promise<readonly (readonly unknown[])[]> {
    return this.#request(text, parameters)
  }

  /**
   * Runs `guard`, a statement that changes a row and returns it, and adds the entries exactly when it does, all or none, in their
   * order. Returns whether it did. Errors: AlreadyThere for an event id that has an entry already.
   */
  async post({ text, parameters }: Statement, ...entries: readonly OutboxEntry[]): Promise<boolean> {
    const types = ['text', 'text', 'text', 'text::jsonb', 'text::jsonb']
    const place = (entry: number, field: number) => `$${parameters.length + entry * types.length + field + 1}`
    const rowsOf = entries.map(
      (_, entry) => `(${types.map((type, field) => `${place(entry, field)}::${type}`).join(', ')})`,
    )
    const rows = await this.#request(
      `with changed as (${text})
       insert into ${this.#tables.entries} (topic, key, event_id, event, headers)
       select entry.* from changed, (values ${rowsOf.join(', ')}) as entry returning id`,
      [...parameters, ...entries.flatMap(entryFields)],
    )
    return rows.length > 0
  }

  /** Takes the lead if no relay has it. Returns the epoch, undefined while another relay leads. */
  async lead(leaseMs: number): Promise<number | undefined> {
    const [row] = await this.#request(
      `update ${this.#tables.relay} set epoch = ${nextEpoch('epoch')}, leased_until = clock_timestamp() + $1::int * interval '1 ms'
        where leased_until < clock_timestamp() returning epoch`,
      [leaseMs],
    )
    return row && Number(row[0])
  }

  /** Keeps the lead. */
  async renew(epoch: number, leaseMs: number): Promise<void> {
    const rows = await this.#request(
      `update ${this.#tables.relay} set leased_until = clock_timestamp() + $2::int * interval '1 ms'
        where epoch = $1::bigint returning epoch`,
      [epoch, leaseMs],
    )
    if (rows.length === 0) throw fenced()
  }

  /** Gives the lead up, so that another relay need not wait. */
  async release(epoch: number): Promise<void> {
    await this.#request(`update ${this.#tables.relay} set leased_until = '-infinity' where epoch = $1::bigint`, [epoch])
  }

  /**
   * The oldest entries that can go out, in their order: none that is stuck, or behind one that is stuck in its key.
   * For a relay none, if it does not lead any more: the database may be another than the one in which it took the lead.
   */
  async pending(limit: number, epoch?: number): Promise<readonly PendingEntry[]> {
    const rows = await this.#request(
      `select id, topic, key, event_id, event, headers, extract(epoch from posted_at) * 1000 from ${this.#tables.entries}
        as e where published_at is null and skipped_at is null and failure is null and not exists (
          select from ${this.#tables.entries} as stuck where ${isStuck} and stuck.topic = e.topic and stuck.key = e.key
             and stuck.id < e.id)
          and ($2::bigint is null or exists (select from ${this.#tables.relay} where epoch = $2::bigint))
        order by id limit $1::bigint`,
      [limit, epoch ?? null],
    )
    return rows.map(([id, topic, key, eventId, event, headers, postedAt]) => ({
      id: id as string,
      topic: topic as string,
      key: key as string,
      eventId: eventId as string,
      event,
      headers: headers as Readonly<Record<string, string>>,
      postedAt: Math.floor(Number(postedAt)),
    }))
  }

  async marks(): Promise<readonly OutboxMark[]> {
    const rows = await this.#request(`select topic, partition, position from ${this.#tables.marks}`, [])
    return rows.map(([topic, partition, position]) => ({
      topic: topic as string,
      partition: Number(partition),
      position: Number(position),
    }))
  }

  /** Marks entries as published and moves the marks, in one statement. Errors: FENCED when another relay leads. */
  async settle(epoch: number, ids: readonly string[], marks: readonly OutboxMark[]): Promise<void> {
    const { entries, marks: table, relay } = this.#tables
    const rows = await this.#request(
      `with mine as (select epoch from ${relay} where epoch = $1::bigint for update),
            moved as (
              insert into ${table} (topic, partition, position)
              select m.topic, m.partition, m.position from mine,
                     unnest($3::text::text[], $4::text::int[], $5::text::bigint[]) as m (topic, partition, position)
              on conflict (topic, partition) do update set position = excluded.position),
            published as (
              update ${entries} set published_at = clock_timestamp()
               where id in (select unnest($2::text::bigint[])) and exists (select from mine))
       select epoch from mine`,
      [
        epoch,
        `{${ids.join(',')}}`,
        textsLiteral(marks.map(mark => mark.topic)),
        numbersLiteral(marks.map(mark => mark.partition)),
        numbersLiteral(marks.map(mark => mark.position)),
      ],
    )
    if (rows.length === 0) throw fenced()
  }

  /** Sets an entry apart that cannot be published, with the reason. Errors: FENCED when another relay leads. */
  async setApart(epoch: number, id: string, reason: string): Promise<void> {
    const { entries, relay } = this.#tables
    const rows = await this.#request(
      `with mine as (select epoch from ${relay} where epoch = $1::bigint for update),
            failed as (
              update ${entries} set failure = $3::text
               where id = $2::bigint and published_at is null and exists (select from mine))
       select epoch from mine`,
      [epoch, id, reason],
    )
    if (rows.length === 0) throw fenced()
  }

  /** Entries in one of the states, or in any, oldest first; one by its event id. */
  async list({
    state,
    eventId,
    limit,
  }: {
    readonly state?: EntryState | undefined
    readonly eventId?: string | undefined
    readonly limit: number
  }): Promise<readonly ListedEntry[]> {
    const ms = (column: string) => `floor(extract(epoch from ${column}) * 1000)::bigint::text`
    const rows = await this.#request(
      `select * from (
         select id, topic, key, event_id, ${stateColumn} as state, ${ms('posted_at')}, ${ms('published_at')}, failure
           from ${this.#tables.entries}) as e
        where ($1::text is null or state = $1::text) and ($2::text is null or event_id = $2::text)
        order by id limit $3::bigint`,
      [state ?? null, eventId ?? null, limit],
    )
    return rows.map(([id, topic, key, event, found, postedAt, publishedAt, failure]) => ({
      id: id as string,
      topic: topic as string,
      key: key as string,
      eventId: event as string,
      state: found as EntryState,
      postedAt: Number(postedAt),
      publishedAt: publishedAt === null ? null : Number(publishedAt),
      failure: failure as string | null,
    }))
  }

  /** Lets a stuck entry be tried again. False: there is no such stuck entry. */
  async retry(eventId: string): Promise<boolean> {
    const rows = await this.#request(
      `update ${this.#tables.entries} as stuck set failure = null where event_id = $1::text and ${isStuck} returning 1`,
      [eventId],
    )
    return rows.length > 0
  }

  /** Gives a stuck entry up: it is never published, and later ones of its key go out. False: there is no such stuck entry. */
  async skip(eventId: string): Promise<boolean> {
    const rows = await this.#request(
      `update ${this.#tables.entries} as stuck set skipped_at = clock_timestamp() where event_id = $1::text and ${isStuck} returning 1`,
      [eventId],
    )
    return rows.length > 0
  }

  /** Marks the entries of these events as published. Errors: FENCED when another relay leads. */
  async settleEvents(epoch: number, eventIds: readonly string[]): Promise<void> {
    const { entries, relay } = this.#tables
    const rows = await this.#request(
      `with mine as (select epoch from ${relay} where epoch = $1::bigint for update),
            published as (
              update ${entries} set published_at = clock_timestamp()
               where event_id in (select unnest($2::text::text[]) collate "C") and published_at is null
                 and exists (select from mine))
       select epoch from mine`,
      [epoch, textsLiteral(eventIds)],
    )
    if (rows.length === 0) throw fenced()
  }

  /**
   * Removes entries that were published at least `keepMs` ago, oldest first, at most `limit`, but not the last one: it tells when
   * that was. Returns the number removed. Any caller may do so, even one that does not lead: removed entries wait for
   * nothing, and the rows written with them prevent that any of their events is posted again.
   */
  async prune(keepMs: number, limit: number): Promise<number> {
    const { entries } = this.#tables
    const [row] = await this.#request(
      `with removed as (
         delete from ${entries} where id in (
           select id from ${entries} where published_at <= clock_timestamp() - $1::bigint * interval '1 ms'
              and published_at < (select max(published_at) from ${entries})
            order by published_at limit $2::bigint)
         returning 1)
       select count(*) from removed`,
      [keepMs, limit],
    )
    return Number(row?.[0])
  }

  /** Whether a relay leads now. */
  async led(): Promise<boolean> {
    const [row] = await this.#request(`select leased_until > clock_timestamp() from ${this.#tables.relay}`, [])
    return row?.[0] === true
  }

  async status(): Promise<OutboxStatus> {
    const { entries, relay } = this.#tables
    const age = (column: string) => `extract(epoch from clock_timestamp() - ${column}) * 1000`
    const [row] = await this.#request(
      `select (select count(*) from ${entries} where published_at is null and skipped_at is null),
              (select count(*) from ${entries} as stuck where ${isStuck}),
              (select ${age('min(posted_at)')} from ${entries} where published_at is null and skipped_at is null),
              (select count(*) from ${entries} where published_at is not null),
              (select ${age('max(published_at)')} from ${entries}),
              epoch, leased_until > clock_timestamp()
         from ${relay}`,
      [],
    )
    const [pending, stuck, oldest, published, last, epoch, led] = row ?? []
    return {
      pending: Number(pending),
      stuck: Number(stuck),
      oldestPendingMs: milliseconds(oldest),
      published: Number(published),
      lastPublishedMs: milliseconds(last),
      epoch: Number(epoch),
      led: led === true,
    }
  }

  async close(): Promise<void> {
    await this.#prepared?.catch(() => {})
    await this.#client.close()
  }

  /** A database that was emptied, or made anew, gets its tables again. */
  async #request(text: string, parameters: readonly unknown[]): Promise<readonly (readonly unknown[])[]> {
    try {
      return await this.#ask(text, parameters)
    } catch (error) {
      if (!(error instanceof RequestFailure && error.failure.kind === 'refused' && missing.has(error.failure.code)))
        throw error
      this.#prepared = undefined
      return this.#ask(text, parameters)
    }
  }

  async #ask(text: string, parameters: readonly unknown[]): Promise<readonly (readonly unknown[])[]> {
    try {
      this.#prepared ??= this.#prepare()
      await this.#prepared.catch(error => {
        this.#prepared = undefined
        throw error
      })
      return await this.#client.request(text, parameters)
    } catch (error) {
      throw failureOf(error)
    }
  }

  /**
   * Makes the tables; two processes at once would disturb each other, hence the lock. The session is its own: the lock ends with
   * it, whether the statements succeed or fail.
   */
  async #prepare(): Promise<void> {
    const { url, clock, schema, tables = [], requestTimeoutMs = usualTimeoutMs } = this.#options
    const session = new PostgresClient({ url, oneSession: true, clock, requestTimeoutMs })
    try {
      await locked(session, `millrace:outbox:${schema}`, async () => {
        for (const statement of [...createOutbox(schema), ...tables]) await session.request(statement, [])
      })
    } finally {
      await session.close()
    }
  }
}

function entryFields({ topic, key, eventId, event, headers = {} }: OutboxEntry): readonly string[] {
  return [topic, key, eventId, event, JSON.stringify(headers)]
}

/** SQLSTATEs of a table and of a schema that are not there. */
const missing = new Set(['42P01', '3F000'])

/** Of an entry named `stuck`. */
const isStuck = 'stuck.failure is not null and stuck.published_at is null and stuck.skipped_at is null'

const stateColumn = `case when published_at is not null then 'published' when skipped_at is not null then 'skipped'
  when failure is not null then 'stuck' else 'pending' end`

function milliseconds(value: unknown): number | null {
  return value === null || value === undefined ? null : Math.max(0, Math.round(Number(value)))
}

function fenced(): TaskMigratedError {
  return new TaskMigratedError('FENCED', 'another relay leads the outbox: this one stands by')
}

function failureOf(error: unknown): unknown {
  if (!(error instanceof RequestFailure)) return error
  const { failure } = error
  const because = { cause: error }
  if (failure.kind === 'unreachable')
    return connectionError(failure.cause, 'Postgres did not answer, outbox: see whether it is up')
  if (failure.kind === 'unanswered')
    return new Unanswered('STORE_UNAVAILABLE', 'Postgres did not answer in time, outbox: ask again', because)
  if (failure.code !== '23505') return error
  return new AlreadyThere('STORE_UNAVAILABLE', 'the outbox has an entry of this event id already', because)
}
