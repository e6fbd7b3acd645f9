import type { FailurePolicy } from '../../definition/definition.ts'
import { CogroupedStream } from '../../dsl/streams/cogrouped-stream.ts'
import { GroupedStream } from '../../dsl/streams/grouped-stream.ts'
import { Stream } from '../../dsl/streams/stream.ts'
import type { GroupedTable } from '../../dsl/tables/grouped-table.ts'
import { Table } from '../../dsl/tables/table.ts'
import { SessionWindowedCogroup, WindowedCogroup } from '../../dsl/windows/windowed-cogroup.ts'
import { SessionWindowedStream, WindowedStream } from '../../dsl/windows/windowed-stream.ts'
import { WindowedTable } from '../../dsl/windows/windowed-table.ts'
import type { YamlValue } from '../document.ts'
import { readOnError } from '../on-error.ts'
import {
  type AnyKey,
  type AnyStream,
  type AnyTable,
  type Fields,
  type Given,
  readFields,
  type StepReading,
} from './fields.ts'

/** The stages that a list of steps can follow, by the word that messages use for each. */
export interface Stages {
  readonly stream: AnyStream
  readonly 'split stream': Branches
  readonly 'grouped stream': GroupedStream<AnyKey, unknown>
  readonly 'windowed stream': WindowedStream<AnyKey, unknown>
  readonly 'session stream': SessionWindowedStream<AnyKey, unknown>
  readonly cogroup: CogroupedStream<AnyKey, unknown>
  readonly 'windowed cogroup': WindowedCogroup<AnyKey, unknown>
  readonly 'session cogroup': SessionWindowedCogroup<AnyKey, unknown>
  readonly table: AnyTable
  readonly 'windowed table': WindowedTable<AnyKey, unknown, null>
  readonly 'grouped table': GroupedTable<AnyKey, unknown>
}

/** The result of a split: one stream per branch, and `rest`. */
export class Branches {
  readonly streams: Readonly<Record<string, AnyStream>>

  constructor(streams: Readonly<Record<string, AnyStream>>) {
    this.streams = streams
  }
}

export type StageKind = keyof Stages
export type Stage = Stages[StageKind]

/** An operator that YAML can name. */
export interface Step {
  readonly fields: Fields
  /** Takes functions under names that the user chooses, in place of fields. */
  readonly namesFunctions?: boolean
  /** Takes the mapping that `on-error` of a processor is, in place of fields. */
  readonly takesPolicy?: boolean
  /** Reports what is wrong with its argument, where the stage that it would follow is not known. */
  check(reading: StepReading, argument: YamlValue, what: string): Promise<unknown>
  /** The stage after it; undefined, with problems, when its argument is wrong. Errors: TopologyError, as the operator's. */
  apply(stage: Stage, reading: StepReading, argument: YamlValue, what: string): Promise<Stage | undefined>
}

/** Steps by name. */
export type Steps = Readonly<Record<string, Step>>

/** An operator of stage `S`: its fields, and the call that they become. */
export function step<S extends Stage, const F extends Fields>(
  fields: F,
  call: (stage: S, values: Given<F>) => unknown,
): Step {
  return {
    fields,
    check: (reading, argument, what) => readFields(reading, argument, what, fields),
    async apply(stage, reading, argument, what) {
      const values = await readFields(reading, argument, what, fields)
      return values && (call(stage as S, values) as Stage)
    },
  }
}

/** The step that sets a failure policy. */
export function policyStep<S extends Stage>(call: (stage: S, policy: FailurePolicy) => Stage): Step {
  return {
    fields: {},
    takesPolicy: true,
    check: readOnError,
    async apply(stage, reading, argument, what) {
      const policy = await readOnError(reading, argument, what)
      return policy && call(stage as S, policy)
    },
  }
}

/** The kind of a stage. */
export function kindOf(stage: Stage): StageKind {
  if (stage instanceof Stream) return 'stream'
  if (stage instanceof Branches) return 'split stream'
  if (stage instanceof WindowedTable) return 'windowed table'
  if (stage instanceof Table) return 'table'
  if (stage instanceof GroupedStream) return 'grouped stream'
  if (stage instanceof WindowedStream) return 'windowed stream'
  if (stage instanceof SessionWindowedStream) return 'session stream'
  if (stage instanceof CogroupedStream) return 'cogroup'
  if (stage instanceof WindowedCogroup) return 'windowed cogroup'
  if (stage instanceof SessionWindowedCogroup) return 'session cogroup'
  return 'grouped table'
}

/** The options without those that are unset: operators tell unset from undefined. */
export function given<T extends object>(options: T): { [N in keyof T]: Exclude<T[N], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [N in keyof T]: Exclude<T[N], undefined> }
}
