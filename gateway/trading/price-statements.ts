import { qualified, type Statement } from '../index.ts'

/*
 * The newest price that was posted of each instrument and source. A row is written together with its entry in the outbox; an older
 * price changes nothing, as in the pipeline, so the table stays small however long a feed posts.
 */

/** Makes the table. */
export function createPrices(schema: string): readonly string[] {
  return [
    `create table if not exists ${priceTable(schema)} (
       instrument_key text collate "C", source text collate "C",
       at bigint not null, fingerprint text not null,
       posted_at timestamptz not null default now(),
       primary key (instrument_key, source))`,
  ]
}

/** The newest price that was posted. Row: `[time in ms, fingerprint]`. */
export function selectPrice(schema: string, instrumentKey: string, source: string): Statement {
  return {
    text: `select at, fingerprint from ${priceTable(schema)} where instrument_key = $1::text and source = $2::text`,
    parameters: [instrumentKey, source],
  }
}

/** Puts a price if it is newer than the one that was posted before. Returns a row when it did. */
export function putPrice(
  schema: string,
  row: {
    readonly instrumentKey: string
    readonly source: string
    readonly at: number
    readonly fingerprint: string
  },
): Statement {
  return {
    text: `insert into ${priceTable(schema)} as r (instrument_key, source, at, fingerprint)
      values ($1::text, $2::text, $3::bigint, $4::text)
      on conflict (instrument_key, source) do update
        set at = excluded.at, fingerprint = excluded.fingerprint, posted_at = now()
        where r.at < excluded.at
      returning 1`,
    parameters: [row.instrumentKey, row.source, String(row.at), row.fingerprint],
  }
}

function priceTable(schema: string): string {
  return qualified(schema, 'posted_prices')
}
