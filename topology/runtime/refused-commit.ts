import type { OutgoingRecord, RecordRefusal, RecordsRefusedError } from '../broker/port.ts'
import { taskName } from '../definition/definition.ts'
import { FatalError, type MillraceError, messageOf, TaskMigratedError } from '../definition/errors.ts'
import type { Subtopology } from '../definition/graph.ts'
import { codeOf, letterOfOutput, reducedLetter } from './dead-letter.ts'
import { NodeFailure, policyOf } from './node-failure.ts'
import type { Refusals } from './refusals.ts'
import type { Count } from './task-counts.ts'
import type { ProcessingEnvironment } from './task-environment.ts'
import type { TakenWork } from './uncommitted.ts'

/**
 * The reaction to records of a commit that the broker refused.
 *
 * Where an output came of an input record, nothing of that record may stay: the transaction is aborted, and the task that
 * processes its records again dead-letters this one (`Refusals`). An output of a punctuator or a flush belongs to no record: a dead
 * letter takes its place in the same transaction. So does a smaller one in the place of a dead letter that was refused itself.
 */
export class RefusedCommit {
  readonly #subtopology: Subtopology
  readonly #partition: number
  readonly #taken: TakenWork
  readonly #refusals: Refusals
  readonly #env: ProcessingEnvironment
  /** Outputs that dead letters took the place of: counted with the commit. */
  readonly counts: Count[] = []
  readonly #reduced = new Set<OutgoingRecord>()
  /** Refused outputs, each with the dead letter in its place. */
  readonly #instead = new Map<OutgoingRecord, OutgoingRecord>()

  constructor(
    subtopology: Subtopology,
    partition: number,
    taken: TakenWork,
    refusals: Refusals,
    env: ProcessingEnvironment,
  ) {
    this.#subtopology = subtopology
    this.#partition = partition
    this.#taken = taken
    this.#refusals = refusals
    this.#env = env
  }

  /** The records that take the place of refused ones in their transaction; undefined: it must be aborted. */
  readonly replace = (refusals: readonly RecordRefusal[]): readonly OutgoingRecord[] | undefined => {
    const instead: OutgoingRecord[] = []
    for (const refusal of refusals) {
      const record = this.#replacementOf(refusal)
      if (record === undefined) return undefined
      instead.push(record)
    }
    for (const [index, { record, error }] of refusals.entries()) {
      this.#instead.set(record, instead[index]!)
      this.#replaced(record, error)
    }
    return instead
  }

  /** The records that the commit writes: dead letters in the place of refused outputs. */
  get outputs(): readonly OutgoingRecord[] {
    const { records } = this.#taken
    if (this.#instead.size === 0) return records
    const written = (record: OutgoingRecord): OutgoingRecord => {
      const instead = this.#instead.get(record)
      return instead === undefined ? record : written(instead)
    }
    return records.map(written)
  }

  /** The error with which the task ends: it is opened again, unless a person must look. */
  explain(error: RecordsRefusedError): MillraceError {
    const name = taskName({ subtopology: this.#subtopology.name, partition: this.#partition })
    const again = () =>
      new TaskMigratedError(
        'RECORD_REFUSED',
        `a commit of '${name}' was refused for a record, ${error.message}: its input records are processed again, and the one at fault is dead-lettered`,
        { cause: error },
      )
    const { output, offsets, processed, only, expired } = this.#taken
    let condemned = false
    for (const { record, error: refusal } of error.refusals) {
      const origin = output.letters.has(record) ? undefined : output.originOf(record)
      if (origin === undefined) continue
      this.#refusals.condemn(origin, this.#failureOf(record, refusal))
      condemned = true
    }
    if (condemned) return again()
    const row = error.refusals.find(({ record }) => this.#isChangelog(record))
    if (row !== undefined && expired) {
      this.#refusals.refuseExpiry()
      const fields = { task: name, topic: row.record.topic, partition: row.record.partition, code: 'RECORD_REFUSED' }
      this.#env.log.warn(fields, `rows whose retention is over are deleted later, ${messageOf(row.error)}`)
      return again()
    }
    if (row !== undefined && only !== undefined && this.#refusals.of(only) === undefined) {
      this.#refusals.condemn(only, this.#failureOf(row.record, row.error))
      return again()
    }
    if (row !== undefined && this.#refusals.narrow(processed, offsets)) return again()
    if (error.interruption !== undefined) return error.interruption
    this.#refusals.acquit()
    return new FatalError(
      'RECORD_REFUSED',
      `task '${name}' cannot commit, and no input record is at fault, ${messageOf(error)}: correct the topic's configuration, or the punctuator that writes to it`,
      { cause: error },
    )
  }

  #replacementOf({ record, error }: RecordRefusal): OutgoingRecord | undefined {
    if (this.#reduced.has(record) || this.#isChangelog(record)) return undefined
    const { output } = this.#taken
    const now = this.#env.clock.now()
    if (!output.letters.has(record)) {
      const failure = this.#failureOf(record, error)
      if (output.originOf(record) !== undefined || failure.policy?.then === 'stop') return undefined
      const application = this.#env.graph.definition.name
      const place = { application, subtopology: this.#subtopology.name, input: this.#subtopology.inputs[0]! }
      const letter = letterOfOutput(record, { ...place, partition: this.#partition }, failure, now)
      output.letters.add(letter)
      return letter
    }
    const letter = reducedLetter(record, now)
    this.#reduced.add(letter)
    return letter
  }

  #replaced(record: OutgoingRecord, error: unknown): void {
    const { log } = this.#env
    const { topic, partition } = record
    const id = { subtopology: this.#subtopology.name, partition: this.#partition }
    const fields = { task: taskName(id), topic, partition, code: 'RECORD_REFUSED' }
    if (this.#taken.output.letters.has(record)) {
      log.warn(fields, `a dead letter is written without its value, ${messageOf(error)}`)
      return
    }
    this.counts.push({ kind: 'dead-lettered', topic, stage: 'produce', code: codeOf(error) })
    log.warn(fields, `dead-lettered an output that came of no record: ${messageOf(error)}`)
  }

  #failureOf({ topic }: OutgoingRecord, error: unknown): NodeFailure {
    const sink = this.#subtopology.sinks.find(node => node.topic === topic)
    return new NodeFailure(sink?.name ?? this.#subtopology.name, policyOf(sink), error)
  }

  #isChangelog({ topic }: OutgoingRecord): boolean {
    return this.#taken.changes.some(({ changelog }) => changelog === topic)
  }
}
