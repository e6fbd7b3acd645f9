/** The time that a statement waits for a lock that another session holds. Units: ms. */
export const lockTimeoutMs = 10_000

/**
 * Settings of every session that sends the stores' statements.
 *
 * Plans are made once a statement (`force_generic_plan`), by index only: the statements are look-ups by primary key, and
 * a plan made while a table was small must not scan it when it has grown. Which index is taken is settled by the statements
 * (`row-statements.ts`).
 *
 * The server, too, looks whether the other end is there: a session whose worker has vanished must not hold its locks.
 */
export const sessionSettings: Readonly<Record<string, string>> = {
  idle_in_transaction_session_timeout: '5000',
  lock_timeout: String(lockTimeoutMs),
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
  tcp_keepalives_idle: '5',
  tcp_keepalives_interval: '2',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '10000',
  client_connection_check_interval: '2000',
}
