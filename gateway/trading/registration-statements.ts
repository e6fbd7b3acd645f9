import { addIndex, qualified, type Statement } from '../index.ts'

/*
 * Rows that are written together with outbox entries: instruments and signals that were posted from outside the topology. Unlike
 * stores they have no changelog: they are the only record of the requests. They stay when their outbox entries are removed:
 * an event id belongs to a version of an instrument or to a posted signal, and neither can be put twice.
 */

/** Makes the tables, one statement each. */
export function createRegistration(schema: string): readonly string[] {
  return [
    `create table if not exists ${instrumentTable(schema)} (
       instrument_key text collate "C" primary key,
       instrument_version bigint not null,
       instrument jsonb not null,
       changed_at timestamptz not null default now())`,
    `create table if not exists ${signalTable(schema)} (
       portfolio_id text collate "C", idempotency_key text collate "C",
       fingerprint text not null, event_id text not null,
       posted_at timestamptz not null default now(),
       primary key (portfolio_id, idempotency_key))`,
    // An outbox entry is removed some time after it was published; its event id may never be given to another.
    addIndex(schema, signalTableName, 'posted_signals_event', '(event_id)', 'unique'),
    // A trace is asked for by the key alone.
    addIndex(schema, signalTableName, 'posted_signals_key', '(idempotency_key)'),
  ]
}

/** The registered version of an instrument and the instrument as JSON. Row: `[version, instrument]`. */
export function selectInstrument(schema: string, instrumentKey: string): Statement {
  return {
    text: `select instrument_version, instrument from ${instrumentTable(schema)} where instrument_key = $1::text`,
    parameters: [instrumentKey],
  }
}

/** Puts a version of an instrument if `registered` is the current version; 0: none. Returns a row when it did. */
export function putInstrument(
  schema: string,
  row: {
    readonly instrumentKey: string
    readonly registered: bigint
    readonly version: bigint
    readonly instrument: string
  },
): Statement {
  return {
    text: `insert into ${instrumentTable(schema)} as r (instrument_key, instrument_version, instrument)
      select $1::text, $3::bigint, $4::text::jsonb
      on conflict (instrument_key) do update
        set instrument_version = excluded.instrument_version, instrument = excluded.instrument, changed_at = now()
        where r.instrument_version = $2::bigint
      returning 1`,
    parameters: [row.instrumentKey, row.registered.toString(), row.version.toString(), row.instrument],
  }
}

/** The fingerprint and the event of the signal that was posted under a key. Row: `[fingerprint, event id]`. */
export function selectSignal(schema: string, portfolioId: string, idempotencyKey: string): Statement {
  return {
    text: `select fingerprint, event_id from ${signalTable(schema)} where portfolio_id = $1::text and idempotency_key = $2::text`,
    parameters: [portfolioId, idempotencyKey],
  }
}

/**
 * The signals that were posted with an id: an idempotency key or an event id. While the outbox still has the entry, with its
 * event and the time when it was published. Row: `[portfolio id, idempotency key, event id, posted at, published at, event]`,
 * times in ms.
 */
export function selectPosted(schema: string, id: string): Statement {
  const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::bigint::text`
  return {
    text: `select s.portfolio_id, s.idempotency_key, s.event_id, ${ms('s.posted_at')}, ${ms('o.published_at')}, o.event
       from ${signalTable(schema)} s left join ${qualified(schema, 'millrace_outbox')} o on o.event_id = s.event_id collate "C"
      where s.idempotency_key = $1::text or s.event_id = $1::text
      order by s.portfolio_id limit 100`,
    parameters: [id],
  }
}

/** Takes an idempotency key and an event id for a signal. Returns a row when both were free. */
export function putSignal(
  schema: string,
  row: {
    readonly portfolioId: string
    readonly idempotencyKey: string
    readonly fingerprint: string
    readonly eventId: string
  },
): Statement {
  return {
    text: `insert into ${signalTable(schema)} (portfolio_id, idempotency_key, fingerprint, event_id)
      values ($1::text, $2::text, $3::text, $4::text) on conflict do nothing returning 1`,
    parameters: [row.portfolioId, row.idempotencyKey, row.fingerprint, row.eventId],
  }
}

function instrumentTable(schema: string): string {
  return qualified(schema, 'registered_instruments')
}

const signalTableName = 'posted_signals'

function signalTable(schema: string): string {
  return qualified(schema, signalTableName)
}
