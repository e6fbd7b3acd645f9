import type { TaskStorage } from '../../store/contract.ts'
import type { FetchedPartition, Generation, TransactionalProducer } from '../broker/port.ts'
import type { Timer } from '../definition/clock.ts'
import { type TaskId, taskName } from '../definition/definition.ts'
import { TaskMigratedError } from '../definition/errors.ts'
import type { Subtopology } from '../definition/graph.ts'
import { transactionalId } from '../definition/naming.ts'
import { isPromise } from '../definition/record.ts'
import { type CommitContent, CommitPipeline, type CommitPoint } from './commit.ts'
import { MarkedReads } from './marked-reads.ts'
import { PartitionGroup } from './partition-group.ts'
import type { Scheduled } from './punctuation.ts'
import { RecordRunner } from './record-runner.ts'
import { type RestoreProgress, restoreTask } from './restore.ts'
import { type FencePoint, fencePoint, safeguards } from './safeguards.ts'
import { Signal } from './signal.ts'
import type { TaskEnvironment } from './task-environment.ts'
import { TaskGraph } from './task-graph.ts'
import { checkOffsetsOf, decoderOf, startingPoint, writeStreamTime } from './task-inputs.ts'
import { TaskOutput } from './task-output.ts'
import { moveTo, type TaskState } from './task-state.ts'
import { TaskTables } from './task-tables.ts'

/** Records between two looks at commits, timers and other tasks. */
const sliceRecords = 500
/** Positions that moved past markers alone are committed this much later than records. Units: ms. */
const idleCommitMs = 1_000

/** What health and `millrace status` show of a task. Units: records, ms. */
export interface TaskStatus {
  readonly task: string
  readonly state: TaskState
  readonly lag: number | undefined
  readonly processed: number
  readonly commits: number
  readonly lastCommitAt: number | undefined
  /** Commits that Postgres has not applied yet. */
  readonly unapplied: number
  readonly deadLetters: number
  readonly restoring: RestoreProgress | undefined
  /** What it waits for. Shape: `'Postgres did not answer'`. */
  readonly outage: string | undefined
}

/**
 * One task: one sub-topology on one partition, from fence to close.
 *
 * **C3** nobody but the task sees a write before C1: reads of others go to Postgres, and rows go there only after the Kafka
 * commit. **C4** a task opens in this order: fence its producer, claim its store epoch, restore to the changelog's end,
 * read committed offsets, poll. Offsets read before the fence could be followed by a predecessor's late commit, and the
 * records between would be processed twice.
 *
 * After any error the task is done for: `failed` is told once, the owner drops it and, if it still has the partition, opens
 * a new one. That is also how the verdict of an unknown commit is learned: fencing settles it.
 */
export class Task {
  readonly id: TaskId
  readonly name: string
  readonly #subtopology: Subtopology
  readonly #env: TaskEnvironment
  readonly #failed: (task: Task, error: unknown) => void
  /** The one that gave the task to this member: it commits under no other. */
  #generation: Generation
  readonly #signal = new Signal()
  readonly #output: TaskOutput
  #state: TaskState = 'created'
  #producer: TransactionalProducer | undefined
  #storage: TaskStorage | undefined
  #reads: MarkedReads | undefined
  #tables: TaskTables | undefined
  #graph: TaskGraph | undefined
  #group: PartitionGroup | undefined
  #runner: RecordRunner | undefined
  #pipeline: CommitPipeline | undefined
  #loop: Promise<void> = Promise.resolve()
  #timer: Timer | undefined
  #stopping = false
  #suspending: Promise<void> | undefined
  #lastCommitAt = 0
  #storeCheckedAt = 0
  #commits = 0
  #processed = 0
  #uncommitted = 0
  /** Stream-time punctuators that were due when the task was told to stop: their records are not done without them. */
  #owed: readonly Scheduled[] = []
  #committedPositions = ''
  #restoring: RestoreProgress | undefined
  #error: unknown

  constructor(
    subtopology: Subtopology,
    partition: number,
    generation: Generation,
    env: TaskEnvironment,
    failed: (task: Task, error: unknown) => void,
  ) {
    this.id = { subtopology: subtopology.name, partition }
    this.name = taskName(this.id)
    this.#subtopology = subtopology
    this.#generation = generation
    this.#env = env
    this.#failed = failed
    this.#output = new TaskOutput(topic => env.maxRecordBytes(topic))
  }

  get state(): TaskState {
    return this.#state
  }

  /** Opens in the order of C4. Errors: whatever a step throws; the task is then to be closed. */
  async open(): Promise<void> {
    const { graph, broker, storage, clock, settings, onCommitPoint } = this.#env
    const application = graph.definition.name
    const id = transactionalId(application, this.id)
    this.#producer = broker.producer({
      transactionalId: safeguards.stableTransactionalId ? id : `${id}-${clock.random()}`,
      transactionTimeoutMs: settings.transactionTimeoutMs,
      ...(onCommitPoint && { onStep: step => onCommitPoint(this.id, step) }),
    })
    await this.#fence('first')
    this.#move('fenced')
    this.#storage = await storage.claim({ application, task: this.id, stores: this.#subtopology.stores })
    this.#move('restoring')
    const checkpoints = await this.#restore(application)
    await this.#fence('restored')
    this.#reads = new MarkedReads(this.#storage)
    this.#tables = await TaskTables.open(
      this.#subtopology,
      this.id.partition,
      this.#reads.storage,
      this.#env,
      this.#time,
    )
    const start = await startingPoint(this.id, this.#subtopology.group, this.#subtopology.inputs, this.#env)
    await this.#fence('last')
    checkOffsetsOf(this.id, this.#subtopology.group, start, checkpoints)
    this.#assertOpen()
    const onPoint = onCommitPoint && ((point: CommitPoint) => onCommitPoint(this.id, point))
    this.#pipeline = new CommitPipeline(this.#producer, this.#storage, checkpoints, clock, this.#applied, onPoint)
    this.#graph = this.#buildGraph(start.streamTime)
    const decode = decoderOf(this.#env.codecs, this.#env, () => this.#graph!.cursor.streamTime)
    this.#group = new PartitionGroup(start.inputs, decode)
    this.#runner = new RecordRunner(this.#graph, this.#output, this.#env, () => this.#stopping)
    this.#committedPositions = this.#positions()
    this.#lastCommitAt = clock.now()
    this.#storeCheckedAt = clock.now()
    this.#run()
  }

  /** Hands over what a poll found for one of this task's partitions. */
  deliver(fetched: FetchedPartition): void {
    if (this.#state !== 'running' && this.#state !== 'suspended') return
    const queue = this.#group!.add(fetched)
    if (queue && !queue.paused && queue.bytes > this.#env.settings.maxQueueBytes) {
      queue.paused = true
      this.#env.reader.pause(queue)
    }
    this.#signal.raise()
  }

  /**
   * Stops processing, commits everything and waits until it is applied; nothing is committed while a punctuator could not run
   * for what was processed. Inputs stay where they are: `resume` goes on.
   * Errors: none; a commit that fails is reported like any other failure.
   */
  suspend(): Promise<void> {
    // A rebalance and a stop may ask at once: both wait for the one suspension.
    this.#suspending ??= this.#suspend().finally(() => {
      this.#suspending = undefined
    })
    return this.#suspending
  }

  async #suspend(): Promise<void> {
    if (this.#state !== 'running') return
    await this.#halt()
    if (this.#error !== undefined) return
    try {
      while (this.#pipeline!.busy) await this.#pipeline!.acknowledged()
      if (this.#owed.length === 0) await (await this.#beginCommit()).acknowledged
      await this.#pipeline!.settled()
      this.#move('suspended')
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Runs on after `suspend`: the next generation gave the task back, so nobody owned it in between. */
  resume(generation: Generation): void {
    this.#generation = generation
    this.#stopping = false
    this.#run()
  }

  /** Lets go of everything, without commit: what is uncommitted is aborted, and processed again by the next owner. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return
    const halted = this.#halt()
    this.#move('closed')
    for (const topic of this.#subtopology.inputs) this.#env.reader.remove({ topic, partition: this.id.partition })
    await halted
    this.#graph?.close()
    await this.#producer?.close().catch(() => {})
    await this.#storage?.release().catch(() => {})
  }

  status(): TaskStatus {
    const lag = this.#group?.queues.reduce((sum, queue) => sum + queue.lag, 0)
    return {
      task: this.name,
      state: this.#state,
      lag,
      processed: this.#processed,
      commits: this.#commits,
      lastCommitAt: this.#commits === 0 ? undefined : this.#lastCommitAt,
      unapplied: this.#pipeline?.unapplied ?? 0,
      deadLetters: this.#runner?.deadLetters ?? 0,
      restoring: this.#restoring,
      outage: this.#runner?.outage,
    }
  }

  async #fence(at: FencePoint): Promise<void> {
    if (at === fencePoint()) await this.#producer!.init()
  }

  readonly #time = {
    timestamp: (): number => Math.max(0, this.#graph?.cursor.timestamp ?? 0),
    streamTime: (): number => this.#graph?.cursor.streamTime ?? -1,
  }

  readonly #applied: ConstructorParameters<typeof CommitPipeline>[4] = ({ kafkaMs, applyMs }, content) => {
    const { metrics } = this.#env
    metrics.committed?.(this.id, kafkaMs, content.records.length, content.bytes)
    metrics.applied?.(
      this.id,
      applyMs,
      content.changes.reduce((rows, change) => rows + change.records.length, 0),
    )
    this.#signal.raise()
  }

  async #restore(application: string): Promise<ReadonlyMap<string, number | undefined>> {
    const { broker, codecs, clock, deleteRetentionMs } = this.#env
    const checkpoints = await restoreTask({
      application,
      partition: this.id.partition,
      stores: this.#subtopology.stores,
      storage: this.#storage!,
      broker,
      codecs,
      clock,
      deleteRetentionMs,
      aborted: () => this.#stopping,
      onProgress: progress => {
        this.#restoring = progress
        if (progress.remaining === 0 && progress.restored > 0) this.#restored(progress)
      },
    })
    this.#restoring = undefined
    this.#assertOpen()
    return checkpoints
  }

  #restored({ store, restored: records, bytes, elapsedMs: ms }: RestoreProgress): void {
    const { metrics, log } = this.#env
    metrics.restored?.(this.id, store, records, bytes)
    log.info({ task: this.name, store, records, ms }, `${this.name} restored ${records} records of '${store}'`)
  }

  #buildGraph(streamTime: number): TaskGraph {
    const { graph, codecs, globals, clock, metrics, partitionsOf } = this.#env
    return new TaskGraph(
      {
        graph,
        subtopology: this.#subtopology,
        partition: this.id.partition,
        tables: this.#tables!.byName,
        globals,
        codecs,
        output: this.#output,
        partitionsOf,
        now: () => clock.now(),
        onSkip: (node, reason) => metrics.skipped?.(this.id, node, reason),
      },
      streamTime,
    )
  }

  #run(): void {
    this.#move('running')
    for (const queue of this.#group!.queues) {
      this.#env.reader.seek(queue, queue.fetchPosition)
      // a seek keeps the pause that an overfull queue asked for before the task was suspended
      this.#env.reader.resume(queue)
      queue.paused = false
    }
    this.#setTimer()
    this.#loop = this.#work().catch(error => this.#fail(error))
  }

  /** The loop of a running task: a slice of records, a commit if one is due, then others' turn or a wait. */
  async #work(): Promise<void> {
    while (!this.#stopping) {
      const busy = await this.#slice()
      if (this.#stopping) return
      await this.#commitIfDue()
      if (busy) await this.#env.clock.yield()
      else await this.#signal.wait()
    }
  }

  /** Runs what is due and up to a slice of records. False when there is nothing to do for now. */
  async #slice(): Promise<boolean> {
    const group = this.#group!
    const graph = this.#graph!
    const runner = this.#runner!
    if (this.#owed.length > 0) await this.#punctuateStream()
    await this.#punctuateWall()
    const prefetching = this.#tables!.prefetch(graph, group, sliceRecords)
    if (prefetching) await prefetching
    for (let count = 0; count < sliceRecords; count++) {
      // full of what is committed already: there is nothing to do until it is applied, which raises the signal
      if (this.#stopping || this.#full()) return this.#uncommitted > 0 && !this.#pipeline!.busy
      const next = group.next()
      const head = isPromise(next) ? await next : next
      if (head === undefined) return false
      const running = runner.run(head)
      const outcome = isPromise(running) ? await running : running
      if (outcome === 'stopped') return false
      if (outcome === 'again') continue
      group.done(head)
      this.#processed++
      this.#uncommitted++
      if (graph.punctuations.streamDue(graph.cursor.streamTime)) await this.#punctuateStream()
      if (head.queue.paused && head.queue.bytes < this.#env.settings.maxQueueBytes / 2) {
        head.queue.paused = false
        this.#env.reader.resume(head.queue)
      }
    }
    return true
  }

  async #punctuateStream(): Promise<void> {
    const { streamTime } = this.#graph!.cursor
    this.#owed = [...this.#owed, ...this.#graph!.punctuations.takeStreamDue(streamTime)]
    for (let next = this.#owed[0]; next !== undefined; next = this.#owed[0]) {
      if (!(await this.#runner!.punctuate(next, streamTime))) return
      this.#owed = this.#owed.slice(1)
      this.#uncommitted++
    }
  }

  async #punctuateWall(): Promise<void> {
    const now = this.#env.clock.now()
    const due = this.#graph!.punctuations.takeWallDue(now)
    if (due.length === 0) return
    for (const scheduled of due) {
      if (!(await this.#runner!.punctuate(scheduled, now))) return
      if (safeguards.commitPunctuations) this.#uncommitted++
    }
    this.#setTimer()
  }

  /** Wakes the loop for the next commit or punctuator, whichever is first. */
  #setTimer(): void {
    this.#timer?.cancel()
    const { clock, settings } = this.#env
    const commitIn = this.#uncommitted > 0 ? settings.commitIntervalMs : idleCommitMs
    const punctuateAt = this.#graph!.punctuations.nextWallAt() ?? Number.POSITIVE_INFINITY
    const ms = Math.max(1, Math.min(commitIn, punctuateAt - clock.now()))
    this.#timer = clock.after(ms, () => {
      this.#signal.raise()
      if (!this.#stopping) this.#setTimer()
    })
  }

  /** Buffers are over the cap: nothing more is processed until a commit has made room. */
  #full(): boolean {
    const buffered = this.#output.bytes + this.#tables!.bufferBytes + this.#pipeline!.unappliedBytes
    return buffered > this.#env.settings.maxBufferBytes
  }

  async #commitIfDue(): Promise<void> {
    if (this.#pipeline!.busy) return
    this.#checkStore()
    const { clock, settings } = this.#env
    const since = clock.now() - this.#lastCommitAt
    if (this.#uncommitted === 0) {
      if (since < idleCommitMs || this.#positions() === this.#committedPositions) return
    } else if (!this.#group!.dry && since < settings.commitIntervalMs && !this.#full()) return
    const { acknowledged } = await this.#beginCommit()
    acknowledged.catch(error => this.#fail(error))
  }

  /** A task whose commits change no table would not hear that Postgres was lost, or put back, under it. */
  #checkStore(): void {
    const { clock, settings } = this.#env
    if (clock.now() - this.#storeCheckedAt < settings.storeCheckMs) return
    this.#storeCheckedAt = clock.now()
    this.#pipeline!.confirmStore().catch(error => this.#fail(error))
  }

  /**
   * Steps 2 and 3 for everything processed so far. Resolves when the commit has begun; `acknowledged` when Kafka has said
   * yes. No other transaction may be under way.
   */
  async #beginCommit(): Promise<{ acknowledged: Promise<void> }> {
    if (!(await this.#runner!.flush())) return { acknowledged: Promise.resolve() }
    const expiring = this.#tables!.expire(this.#graph!.cursor.streamTime)
    if (expiring) await expiring
    const positions = this.#positions()
    if (this.#uncommitted === 0 && positions === this.#committedPositions) return { acknowledged: Promise.resolve() }
    if (safeguards.confirmReads && this.#reads!.unconfirmed) {
      this.#reads!.unconfirmed = false
      await this.#pipeline!.confirmStore()
    }
    // Dropped while it waited: what is not begun is not committed.
    if (this.#state === 'closed') return { acknowledged: Promise.resolve() }
    const processed = this.#uncommitted
    const { timestamp } = this.#graph!.cursor
    const content = this.#takeContent()
    this.#uncommitted = 0
    this.#committedPositions = positions
    this.#lastCommitAt = this.#env.clock.now()
    if (content.changes.length > 0) this.#storeCheckedAt = this.#lastCommitAt
    const acknowledged = this.#pipeline!.begin(content, error => this.#fail(error)).then(() => {
      this.#commits++
      const { metrics, clock } = this.#env
      metrics.processed?.(this.id, processed)
      if (processed > 0) metrics.latency?.(this.id, clock.now() - timestamp)
      this.#signal.raise()
    })
    return { acknowledged }
  }

  #takeContent(): CommitContent {
    const metadata = writeStreamTime(this.#graph!.cursor.streamTime)
    const bytes = this.#output.bytes
    return {
      records: this.#output.take(),
      changes: this.#tables!.drain(),
      group: this.#subtopology.group,
      generation: this.#generation,
      offsets: this.#group!.queues.map(({ topic, partition, position, fetchPosition }) => ({
        topic,
        partition,
        offset: safeguards.commitProcessed ? position : fetchPosition,
        metadata,
      })),
      bytes,
    }
  }

  #positions(): string {
    return this.#group!.queues.map(queue => queue.position).join()
  }

  /** Ends the loop; resolves when it has ended. */
  async #halt(): Promise<void> {
    this.#stopping = true
    this.#timer?.cancel()
    this.#signal.raise()
    await this.#loop
  }

  #fail(error: unknown): void {
    if (this.#error !== undefined || this.#state === 'closed') return
    this.#error = error
    this.#stopping = true
    this.#timer?.cancel()
    this.#signal.raise()
    this.#failed(this, error)
  }

  #assertOpen(): void {
    if (this.#stopping)
      throw new TaskMigratedError('GENERATION_ENDED', `task '${this.name}' was taken away while it opened`)
  }

  #move(to: TaskState): void {
    if (this.#state === 'closed') this.#assertOpen()
    this.#state = moveTo(this.#state, to, this.name)
  }
}
