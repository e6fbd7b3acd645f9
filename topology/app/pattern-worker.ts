import type { TopologyDefinition } from '../definition/definition.ts'
import { messageOf, RetriableError, TopologyError } from '../definition/errors.ts'
import { buildGraph } from '../definition/graph.ts'
import { resolvedToRun } from '../definition/topic-patterns.ts'
import { silentLog } from '../runtime/log.ts'
import type { UnreadPartitions } from '../runtime/partition-watch.ts'
import { defaultSettings } from '../runtime/task-environment.ts'
import type { TaskStatus } from '../runtime/task-status.ts'
import { Worker, type WorkerOptions } from '../runtime/worker.ts'

/**
 * A worker of a topology that finds topics by patterns. It looks for them again and again; when some have come or gone, the worker stops
 * and another one starts, which joins the same groups with the topics of now. Offsets that are committed stay; a new topic is read by its
 * offset reset.
 *
 * A new topic with another partition count than the tasks of its sub-topology would stop every worker, so it is left out, with an error in
 * the log.
 */
export class PatternWorker {
  /** Resolves with the error after which it cannot go on. Never rejects. */
  readonly failed: Promise<unknown>
  readonly #options: WorkerOptions
  readonly #declared: TopologyDefinition
  readonly #refreshMs: number
  readonly #leftOut = new Set<string>()
  readonly #over = new AbortController()
  #fail: (error: unknown) => void = () => {}
  #worker: Worker | undefined
  #topics = ''
  #paused = false
  #looking: Promise<void> | undefined
  /** Ends the wait before the next look. */
  #wake = new AbortController()
  /** True when a topic of a pattern was deleted under the worker, which ended it. */
  #ended = false

  constructor(options: WorkerOptions) {
    this.#options = options
    this.#declared = options.graph.definition.declared ?? options.graph.definition
    this.#refreshMs = options.settings?.patternRefreshMs ?? defaultSettings.patternRefreshMs
    this.failed = new Promise(resolve => {
      this.#fail = resolve
    })
  }

  /** Errors: as `Worker.start`; TopologyError TOPIC_MISSING when a pattern matches no topic. */
  async start(): Promise<void> {
    await this.#run(resolvedToRun(this.#declared, await this.#names()))
    this.#looking = this.#look()
  }

  async stop(): Promise<void> {
    this.#over.abort()
    await this.#worker?.stop()
    await this.#looking
  }

  pause(): void {
    this.#paused = true
    this.#worker?.pause()
  }

  resume(): void {
    this.#paused = false
    this.#worker?.resume()
  }

  status(): readonly TaskStatus[] {
    return this.#worker?.status() ?? []
  }

  expected(): readonly string[] {
    return this.#worker?.expected() ?? []
  }

  unread(): readonly UnreadPartitions[] {
    return this.#worker?.unread() ?? []
  }

  waiting(): readonly string[] {
    return this.#worker?.waiting() ?? []
  }

  async refreshLag(): Promise<void> {
    await this.#worker?.refreshLag()
  }

  async #look(): Promise<void> {
    const { clock, log = silentLog } = this.#options
    while (!this.#over.signal.aborted) {
      await clock.sleep(this.#refreshMs, AbortSignal.any([this.#over.signal, this.#wake.signal]))
      this.#wake = new AbortController()
      if (this.#over.signal.aborted) return
      try {
        await this.#refresh()
      } catch (error) {
        // Servers that are away come back; the next look finds what this one did not.
        if (!(error instanceof RetriableError)) return this.#fail(error)
        log.warn({ code: error.code }, `topics of patterns could not be looked for: ${messageOf(error)}`)
      }
    }
  }

  async #refresh(): Promise<void> {
    const { log = silentLog } = this.#options
    const fitting = await this.#fitting(await this.#descriptions())
    const next = resolvedToRun(this.#declared, fitting)
    if (this.#worker !== undefined && !this.#ended && topicsOf(next) === this.#topics) return
    log.info({}, `topics of patterns are now: ${topicsOf(next)}`)
    await this.#worker?.stop()
    this.#worker = undefined
    if (!this.#over.signal.aborted) await this.#run(next)
  }

  async #run(definition: TopologyDefinition): Promise<void> {
    const worker = new Worker({ ...this.#options, graph: buildGraph(definition) })
    // From here on, so that `stop` also ends a start that waits for a server.
    this.#worker = worker
    try {
      await worker.start()
    } catch (error) {
      this.#worker = undefined
      await worker.stop()
      throw error
    }
    this.#topics = topicsOf(definition)
    this.#ended = false
    if (this.#paused) worker.pause()
    void worker.failed.then(error => {
      if (this.#worker !== worker) return
      if (!this.#tellsOfDeletion(error)) return this.#fail(error)
      this.#ended = true
      this.#wake.abort()
    })
  }

  #tellsOfDeletion(error: unknown): boolean {
    if (!(error instanceof TopologyError) || error.code !== 'TOPIC_MISSING') return false
    return this.#topics.split(', ').includes(String(error.context.topic))
  }

  /** The names without those whose partition count does not fit the tasks that run. */
  async #fitting(found: ReadonlyMap<string, number>): Promise<readonly string[]> {
    const { log = silentLog } = this.#options
    const graph = buildGraph(resolvedToRun(this.#declared, found.keys()))
    const wrong = new Set<string>()
    for (const { name: subtopology, inputs } of graph.subtopologies) {
      const known = inputs.filter(topic => this.#topics.split(', ').includes(topic))
      const tasks = Math.max(...known.map(topic => found.get(topic) ?? 0))
      for (const topic of inputs.filter(each => !known.includes(each))) {
        const partitions = found.get(topic)
        if (tasks <= 0 || partitions === undefined || partitions === tasks) continue
        wrong.add(topic)
        if (this.#leftOut.has(topic)) continue
        this.#leftOut.add(topic)
        log.error(
          { code: 'COPARTITION_MISMATCH', topic },
          `topic '${topic}' matches a pattern of '${subtopology}' and is left out: it has ${partitions} partitions, and '${subtopology}' has ${tasks} tasks: create it with ${tasks}, or narrow the pattern; until then no worker can start`,
        )
      }
    }
    return [...found.keys()].filter(name => !wrong.has(name))
  }

  async #names(): Promise<Iterable<string>> {
    return (await this.#descriptions()).keys()
  }

  /** All topics of the cluster with their partition counts. */
  async #descriptions(): Promise<ReadonlyMap<string, number>> {
    const all = await this.#options.broker.admin.describeTopics()
    return new Map(all.map(({ name, partitions }) => [name, partitions]))
  }
}

/** The topics that the patterns of a resolved definition have found. Shape: `'orders.de, orders.fr'`. */
function topicsOf({ nodes }: TopologyDefinition): string {
  const found = nodes.flatMap(node => (node.kind === 'source' && node.pattern ? node.topics : []))
  return [...new Set(found)].sort().join(', ')
}
