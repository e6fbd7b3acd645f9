import type { TaskStorage } from '../../store/contract.ts'
import type { TaskId } from '../definition/definition.ts'
import type { Subtopology } from '../definition/graph.ts'
import { PartitionGroup } from './partition-group.ts'
import { placementCheck } from './placement.ts'
import { RecordRunner } from './record-runner.ts'
import { TaskCounts } from './task-counts.ts'
import type { ProcessingEnvironment } from './task-environment.ts'
import { TaskGraph } from './task-graph.ts'
import type { TaskHistory } from './task-history.ts'
import { decoderOf, extractorOf, type StartingPoint } from './task-inputs.ts'
import { TaskOutput } from './task-output.ts'
import { TaskTables } from './task-tables.ts'
import type { TaskTracing } from './tracing.ts'

/** The parts of a task that process its records. They know no broker, and not how a commit is sent. */
export interface TaskParts {
  readonly tables: TaskTables
  readonly graph: TaskGraph
  readonly group: PartitionGroup
  readonly runner: RecordRunner
  readonly output: TaskOutput
  readonly counts: TaskCounts
  readonly tracing: TaskTracing | undefined
}

/** The task that is built, and the parts it is built on. */
interface TaskPartsOptions {
  readonly subtopology: Subtopology
  readonly id: TaskId
  readonly storage: TaskStorage
  /** Asked when the tables are open. */
  start(): Promise<Pick<StartingPoint, 'inputs' | 'streamTime'>>
  /** Aborted when the task is told to stop: every wait between attempts ends. */
  stop(): AbortSignal
  readonly history: TaskHistory
}

/** Builds the parts of one task. Errors: those of the storage and of `start`. */
export async function buildTaskParts(options: TaskPartsOptions, env: ProcessingEnvironment): Promise<TaskParts> {
  const { subtopology, id, storage, stop, history } = options
  let graph: TaskGraph | undefined
  let group: PartitionGroup | undefined
  const streamTime = () => graph?.cursor.streamTime ?? -1
  const timestamp = () => Math.max(0, graph?.cursor.timestamp ?? 0)
  const tables = await TaskTables.open(subtopology, id.partition, storage, env, { timestamp, streamTime })
  const start = await options.start()
  const output = new TaskOutput(topic => env.maxRecordBytes(topic))
  const counts = new TaskCounts()
  const tracing = env.tracing?.ofTask(id, subtopology.group)
  graph = new TaskGraph(
    {
      graph: env.graph,
      subtopology,
      partition: id.partition,
      tables: tables.byName,
      globals: env.globals,
      codecs: env.codecs,
      output,
      counts,
      tracing,
      partitionsOf: env.partitionsOf,
      now: () => env.clock.now(),
      caughtUp: () => group?.caughtUp ?? false,
      monotonic: () => env.clock.monotonic(),
    },
    start.streamTime,
  )
  group = new PartitionGroup(
    start.inputs,
    decoderOf(env.codecs, placementCheck(id, env)),
    extractorOf(env.graph, streamTime),
  )
  history.breaker.restart()
  const runner = new RecordRunner(graph, output, counts, { ...env, taskTracing: tracing }, stop, history)
  return { tables, graph, group, runner, output, counts, tracing }
}
