import { qualified, type Statement } from '../index.ts'

/*
 * The commands to orders that were posted. A row is written together with its entry in the outbox, so a command id of a portfolio
 * stands for one command however often it comes.
 */

/** Makes the table. */
export function createOrderCommands(schema: string): readonly string[] {
  return [
    `create table if not exists ${commandTable(schema)} (
       portfolio_id text collate "C", command_id text collate "C",
       trade_id text not null, fingerprint text not null,
       posted_at timestamptz not null default now(),
       primary key (portfolio_id, command_id))`,
  ]
}

/** The command that was posted under an id. Row: `[trade id, fingerprint]`. */
export function selectOrderCommand(schema: string, portfolioId: string, commandId: string): Statement {
  return {
    text: `select trade_id, fingerprint from ${commandTable(schema)} where portfolio_id = $1::text and command_id = $2::text`,
    parameters: [portfolioId, commandId],
  }
}

/** Takes a command id. Returns a row when it was free. */
export function putOrderCommand(
  schema: string,
  row: {
    readonly portfolioId: string
    readonly commandId: string
    readonly tradeId: string
    readonly fingerprint: string
  },
): Statement {
  return {
    text: `insert into ${commandTable(schema)} (portfolio_id, command_id, trade_id, fingerprint)
      values ($1::text, $2::text, $3::text, $4::text) on conflict do nothing returning 1`,
    parameters: [row.portfolioId, row.commandId, row.tradeId, row.fingerprint],
  }
}

function commandTable(schema: string): string {
  return qualified(schema, 'posted_order_commands')
}
