/**
 * Facts beside a log line. Field names: `task`, `topic`, `partition`, `offset`, `key`, `eventId`, `correlationId`, `store`, `code`, `ms`,
 * `records`. Never payloads.
 */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** The receiver of the engine's log lines; it has pino's shape, without pino. */
export interface Log {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

/** A log that writes nothing. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
