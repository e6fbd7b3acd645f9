import { hopping, session, sliding, tumbling } from '../../dsl/windows.ts'
import type { Fields } from './fields.ts'
import { given, type Stages, type Steps, step } from './step.ts'

type Grouped = Stages['grouped stream']
type Windowed = Stages['windowed stream']
type Sessions = Stages['session stream']

const count = { store: 'text', updates: 'updates?' } as const satisfies Fields
const reduce = { store: 'text', by: 'function', updates: 'updates?' } as const satisfies Fields
const aggregate = {
  store: 'text',
  init: 'function',
  add: 'function',
  value: 'serde',
  updates: 'updates?',
} as const satisfies Fields
const window = { grace: 'duration?', late: 'topic?', retention: 'duration?' } as const satisfies Fields

/** What can be done with records grouped by key. */
export const groupedStreamSteps: Steps = {
  count: step(count, (grouped: Grouped, { store, updates }) => grouped.count(store, given({ updates }))),
  reduce: step(reduce, (grouped: Grouped, { store, by, updates }) => grouped.reduce(store, by, given({ updates }))),
  aggregate: step(aggregate, (grouped: Grouped, { store, init, add, value, updates }) =>
    grouped.aggregate(store, { init, add, value, ...given({ updates }) }),
  ),
  tumbling: step({ size: 'duration', ...window }, (grouped: Grouped, { size, ...options }) =>
    grouped.windowed(tumbling(size, given(options))),
  ),
  hopping: step(
    { size: 'duration', advance: 'duration', ...window },
    (grouped: Grouped, { size, advance, ...options }) => grouped.windowed(hopping(size, advance, given(options))),
  ),
  sliding: step({ difference: 'duration', ...window }, (grouped: Grouped, { difference, ...options }) =>
    grouped.windowed(sliding(difference, given(options))),
  ),
  session: step({ gap: 'duration', ...window }, (grouped: Grouped, { gap, ...options }) =>
    grouped.windowed(session(gap, given(options))),
  ),
}

/** What can be done with records in windows. */
export const windowedStreamSteps: Steps = {
  count: step(count, (windows: Windowed, { store, updates }) => windows.count(store, given({ updates }))),
  reduce: step(reduce, (windows: Windowed, { store, by, updates }) => windows.reduce(store, by, given({ updates }))),
  aggregate: step(aggregate, (windows: Windowed, { store, init, add, value, updates }) =>
    windows.aggregate(store, { init, add, value, ...given({ updates }) }),
  ),
}

/** What can be done with records in sessions. */
export const sessionStreamSteps: Steps = {
  count: step(count, (sessions: Sessions, { store, updates }) => sessions.count(store, given({ updates }))),
  aggregate: step(
    { ...aggregate, merge: 'function' },
    (sessions: Sessions, { store, init, add, merge, value, updates }) =>
      sessions.aggregate(store, { init, add, merge, value, ...given({ updates }) }),
  ),
}
