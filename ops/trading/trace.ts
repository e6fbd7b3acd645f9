import { Command } from 'commander'
import { openReads, TablesMissing } from '../../gateway/index.ts'
import { tradingReads } from '../../gateway/trading/reads/trading-reads.ts'
import { findTraces, type TracedSignal, type TraceParts } from '../../gateway/trading/trace/find-traces.ts'
import { viewTrace } from '../../gateway/trading/views/trace-view.ts'
import trading from '../../processors/trading.ts'
import { buildGraph, RetriableError } from '../../topology/index.ts'
import { jsonOption, letterFinder, onServers, outboxInUse, type Parts } from '../commands.ts'
import { searchTopics } from './trace/topic-search.ts'
import { lostText, traceText } from './trace/trace-text.ts'

interface TraceFlags {
  readonly portfolio?: string
  readonly json?: boolean
}

/** The longest that one answer of the database may take: without an index of it, an id is looked for in every row. Units: ms. */
const budgetMs = 60_000

/**
 * `trace <id>`: the story of a signal, from its posting to the version of the books that has its last fill, with its dead
 * letters. The id is an idempotency key, a correlation id, or that of any event. Exit code 1: nothing is known by the id.
 */
export function traceCommand(): Command {
  return new Command('trace')
    .argument('<id>', 'an idempotency key, a correlation id, or the id of an event, a trade or an order')
    .option('--portfolio <id>', 'of this portfolio, where several used the key')
    .addOption(jsonOption())
    .action(trace)
}

async function trace(id: string, { portfolio, json }: TraceFlags): Promise<void> {
  await onServers('trace', ['kafka', 'registry', 'postgres'], async (parts, { postgres, schema = 'public' }) => {
    const { outbox } = await outboxInUse()
    const at = { databaseUrl: postgres, schema, clock: parts.clock, application: trading.name, budgetMs }
    const { close, ...stores } = openReads(at)
    try {
      const sources = { reads: tradingReads(stores), outbox, schema }
      const found = await tracesOf(sources, parts, id)
      const meant = found.filter(one => portfolio === undefined || one.portfolioId === portfolio)
      const letters = await letterFinder(parts, buildGraph(trading))
      const views = []
      for (const one of meant) views.push(viewTrace(one, await letters([one.correlationId, one.idempotencyKey])))
      const lost = views.length === 0 ? await letters([id]) : []
      if (views.length === 0 && lost.length === 0) process.exitCode = 1
      if (json) console.log(JSON.stringify({ id, traces: views, deadLetters: lost }))
      else for (const story of [...views.map(traceText), ...lost.map(lostText)]) console.log(story)
      if (process.exitCode === 1)
        console.error(`nothing is known by '${id}': no signal, event, trade, order or dead letter has this id`)
    } finally {
      await close()
      await outbox.close()
    }
  })
}

/** Asks the tables; a signal that is not decided is looked for in the topics, too. */
async function tracesOf(sources: TraceParts, parts: Parts, id: string): Promise<readonly TracedSignal[]> {
  const known = await ofTables(sources, id)
  if (known.length > 0 && known.every(({ decided }) => decided !== null)) return known
  const events = await searchTopics(parts, id, topic => console.error(`looking through ${topic}`))
  const led = await Promise.all(
    events.correlationIds.filter(other => other !== id).map(other => ofTables(sources, other)),
  )
  const traced = [...known, ...led.flat()].filter(
    (one, index, all) => all.findIndex(other => other.correlationId === one.correlationId) === index,
  )
  const withVerdicts = traced.map(one => ({
    ...one,
    verdict: events.verdicts.find(({ correlationId }) => correlationId === one.correlationId) ?? null,
  }))
  const others = [...events.signals, ...events.verdicts].filter(
    (event, index, all) =>
      !traced.some(({ correlationId }) => correlationId === event.correlationId) &&
      all.findIndex(({ correlationId }) => correlationId === event.correlationId) === index,
  )
  return [
    ...withVerdicts,
    ...others.map(({ correlationId, payload: { portfolioId, idempotencyKey } }) => ({
      portfolioId,
      idempotencyKey,
      correlationId,
      posted: null,
      decided: null,
      signal: events.signals.find(signal => signal.correlationId === correlationId) ?? null,
      verdict: events.verdicts.find(verdict => verdict.correlationId === correlationId) ?? null,
    })),
  ]
}

/** Without tables, no worker has ever decided anything. Errors: RetriableError STORE_UNAVAILABLE while they are being rebuilt. */
async function ofTables(sources: TraceParts, id: string): Promise<readonly TracedSignal[]> {
  try {
    const reading = await findTraces(sources, id)
    if (reading.kind !== 'not ready') return reading.kind === 'found' ? reading.value : []
    throw new RetriableError(
      'STORE_UNAVAILABLE',
      `being restored, or not opened yet, trace: ${reading.stores.join(', ')}: ask again when the workers run`,
    )
  } catch (error) {
    if (error instanceof TablesMissing) return []
    throw error
  }
}
