import { TopologyError } from '../errors.ts'

/** Columns that every store table has beside the user's. */
const reservedColumns = ['partition', 'record_timestamp'] as const

/** Longest identifier that Postgres keeps whole. Units: bytes. Source: NAMEDATALEN - 1. */
const identifierBytes = 63

/**
 * The table of a store: its name with `-` and `.` as `_`.
 *
 * Shape: `sqlTableName('word-counts') === 'word_counts'`. Errors: TopologyError TOPOLOGY_INVALID for a name that Postgres
 * would cut or that is not of letters, digits, `-`, `.` and `_`.
 */
export function sqlTableName(store: string): string {
  return identifier(store.replace(/[-.]/g, '_'), `store '${store}'`)
}

/**
 * The column of a field: camel case becomes snake case.
 *
 * Shape: `sqlColumnName('customerId') === 'customer_id'`. Errors: as `sqlTableName`, and for a reserved name.
 */
export function sqlColumnName(field: string): string {
  const name = field.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/[-.]/g, '_')
  const column = identifier(name.toLowerCase(), `column '${field}'`)
  if ((reservedColumns as readonly string[]).includes(column))
    throw new TopologyError(
      'TOPOLOGY_INVALID',
      `column '${field}' is one that every store table has: give it another name`,
    )
  return column
}

function identifier(name: string, what: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new TopologyError('TOPOLOGY_INVALID', `${what} is no SQL name: use letters, digits, '-', '.' and '_'`)
  if (name.length > identifierBytes)
    throw new TopologyError('TOPOLOGY_INVALID', `${what} is longer than ${identifierBytes} bytes: shorten it`)
  return name
}
