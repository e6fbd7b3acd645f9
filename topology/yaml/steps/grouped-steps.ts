import type { AnyTopic } from '../../definition/topic.ts'
import {
  hopping,
  type SessionWindows,
  type SlidingWindows,
  session,
  sliding,
  type TimeWindows,
  tumbling,
} from '../../dsl/windows/windows.ts'
import type { Fields } from './fields.ts'
import { given, type Stages, type Steps, step } from './step.ts'

type Grouped = Stages['grouped stream']
type Windowed = Stages['windowed stream']
type Sessions = Stages['session stream']
type Cogroup = Stages['cogroup']
type WindowedCogroup = Stages['windowed cogroup']
type SessionCogroup = Stages['session cogroup']

const count = { store: 'text', updates: 'updates?' } as const satisfies Fields
const reduce = { store: 'text', by: 'function', updates: 'updates?' } as const satisfies Fields
const aggregate = {
  store: 'text',
  init: 'function',
  add: 'function',
  value: 'serde',
  updates: 'updates?',
} as const satisfies Fields
const cogroupAggregate = {
  store: 'text',
  init: 'function',
  value: 'serde',
  updates: 'updates?',
} as const satisfies Fields
const window = { grace: 'duration?', late: 'topic?', retention: 'duration?' } as const satisfies Fields

/** The steps that can follow records grouped by key. */
export const groupedStreamSteps: Steps = {
  count: step(count, (grouped: Grouped, { store, updates }) => grouped.count(store, given({ updates }))),
  reduce: step(reduce, (grouped: Grouped, { store, by, updates }) => grouped.reduce(store, by, given({ updates }))),
  aggregate: step(aggregate, (grouped: Grouped, { store, init, add, value, updates }) =>
    grouped.aggregate(store, { init, add, value, ...given({ updates }) }),
  ),
  cogroup: step({ by: 'function' }, (grouped: Grouped, { by }) => grouped.cogroup(by)),
  ...windowSteps<Grouped>(
    (grouped, windows) => grouped.windowed(windows),
    (grouped, windows) => grouped.windowed(windows),
  ),
}

/** The steps that can follow several streams that are aggregated together. */
export const cogroupSteps: Steps = {
  with: step({ stream: 'stream', by: 'function', name: 'text?' }, (cogroup: Cogroup, { stream, by, name }) =>
    cogroup.cogroup(stream.groupByKey(given({ name })), by),
  ),
  aggregate: step(cogroupAggregate, (cogroup: Cogroup, { store, init, value, updates }) =>
    cogroup.aggregate(store, { init, value, ...given({ updates }) }),
  ),
  ...windowSteps<Cogroup>(
    (cogroup, windows) => cogroup.windowed(windows),
    (cogroup, windows) => cogroup.windowed(windows),
  ),
}

/** The steps that can follow several streams in windows. */
export const windowedCogroupSteps: Steps = {
  aggregate: step(cogroupAggregate, (windows: WindowedCogroup, { store, init, value, updates }) =>
    windows.aggregate(store, { init, value, ...given({ updates }) }),
  ),
}

/** The steps that can follow several streams in sessions. */
export const sessionCogroupSteps: Steps = {
  aggregate: step(
    { ...cogroupAggregate, merge: 'function' },
    (sessions: SessionCogroup, { store, init, merge, value, updates }) =>
      sessions.aggregate(store, { init, merge, value, ...given({ updates }) }),
  ),
}

/** The steps that can follow records in windows. */
export const windowedStreamSteps: Steps = {
  count: step(count, (windows: Windowed, { store, updates }) => windows.count(store, given({ updates }))),
  reduce: step(reduce, (windows: Windowed, { store, by, updates }) => windows.reduce(store, by, given({ updates }))),
  aggregate: step(aggregate, (windows: Windowed, { store, init, add, value, updates }) =>
    windows.aggregate(store, { init, add, value, ...given({ updates }) }),
  ),
}

/** The steps that can follow records in sessions. */
export const sessionStreamSteps: Steps = {
  count: step(count, (sessions: Sessions, { store, updates }) => sessions.count(store, given({ updates }))),
  reduce: step(reduce, (sessions: Sessions, { store, by, updates }) => sessions.reduce(store, by, given({ updates }))),
  aggregate: step(
    { ...aggregate, merge: 'function' },
    (sessions: Sessions, { store, init, add, merge, value, updates }) =>
      sessions.aggregate(store, { init, add, merge, value, ...given({ updates }) }),
  ),
}

/** The steps that put records into windows. */
function windowSteps<S extends Grouped | Cogroup>(
  ofTime: (stage: S, windows: TimeWindows<AnyTopic> | SlidingWindows<AnyTopic>) => unknown,
  ofSessions: (stage: S, windows: SessionWindows<AnyTopic>) => unknown,
): Steps {
  return {
    tumbling: step({ size: 'duration', ...window }, (stage: S, { size, ...options }) =>
      ofTime(stage, tumbling(size, given(options))),
    ),
    hopping: step({ size: 'duration', advance: 'duration', ...window }, (stage: S, { size, advance, ...options }) =>
      ofTime(stage, hopping(size, advance, given(options))),
    ),
    sliding: step({ difference: 'duration', ...window }, (stage: S, { difference, ...options }) =>
      ofTime(stage, sliding(difference, given(options))),
    ),
    session: step({ gap: 'duration', ...window }, (stage: S, { gap, ...options }) =>
      ofSessions(stage, session(gap, given(options))),
    ),
  }
}
