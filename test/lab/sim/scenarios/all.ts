import { counters } from './counters.ts'
import { joins } from './joins.ts'
import { poison } from './poison.ts'
import { punctuators } from './punctuators.ts'
import { rows } from './rows.ts'
import type { Scenario } from './scenario.ts'
import { trading } from './trading.ts'
import { windows } from './windows.ts'

/** The default mix, by name. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  counters,
  rows,
  windows,
  joins,
  punctuators,
  poison,
  trading,
}
