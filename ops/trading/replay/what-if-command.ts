import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { parseLimits } from '../../../processors/domain/risk/limits.ts'
import { limits } from '../../../processors/settings.ts'
import { tradingSignals } from '../../../processors/topics.ts'
import trading from '../../../processors/trading.ts'
import { loadTopology, TopologyError } from '../../../topology/index.ts'
import { type Bound, isWithin, onServers } from '../../commands.ts'
import { type RecordedInput, readRecorded } from './recorded-inputs.ts'
import { type Change, type ChangedDecision, type WhatIf, whatIf } from './what-if.ts'

/**
 * `replay --with=<file>`: what would have been decided with other limits, or by another topology. It reads the real topics and
 * writes nothing. Exit code 1: some decisions would differ, or some cannot be compared.
 * Errors: TopologyError CONFIG_INVALID for a file that is neither, and for a window without a signal.
 */
export async function tryChange(
  file: string,
  { from, to, json }: { readonly from: Bound; readonly to: Bound; readonly json: boolean | undefined },
): Promise<void> {
  const change = await readChange(file)
  await onServers('replay', ['kafka', 'registry'], async parts => {
    const recorded = await readRecorded(parts)
    const within = ({ offset, at }: RecordedInput) => isWithin({ offset, timestamp: at }, from, to)
    if (!recorded.inputs.some(input => input.signal && within(input)))
      throw new TopologyError(
        'CONFIG_INVALID',
        `no signal of '${tradingSignals.name}' is in the window: give --from and --to that hold some`,
      )
    const found = await whatIf(recorded, { limits, topology: trading }, change, within)
    const { undecodable } = recorded
    if (json) {
      const { signals, changed, unlike } = found
      console.log(JSON.stringify({ with: file, signals, changed, unlike, undecodable }))
    } else console.log(text(found, file, undecodable))
    if (found.changed.length > 0 || found.unlike.length > 0) process.exitCode = 1
  })
}

/** A limits file has `portfolios`; every other file is a topology's. */
async function readChange(file: string): Promise<Change> {
  if (!/\.ya?ml$/.test(file)) return { topology: await loadTopology(file) }
  const yaml = await readFile(file, 'utf8').catch(() => {
    throw new TopologyError('CONFIG_INVALID', `there is no file '${file}': give a limits file or a topology`)
  })
  const content: unknown = parse(yaml)
  const isLimits = typeof content === 'object' && content !== null && 'portfolios' in content
  return isLimits ? { limits: parseLimits(yaml, file) } : { topology: await loadTopology(file) }
}

function text({ signals, changed, unlike }: WhatIf, file: string, undecodable: number): string {
  const line = ({ portfolioId, idempotencyKey, at, made, now }: ChangedDecision) =>
    `  ${new Date(at).toISOString()}  ${portfolioId}  ${idempotencyKey}  ${made} -> ${now}`
  const lines = changed.map(line)
  if (unlike.length > 0)
    lines.push(
      `not compared: these come out otherwise without ${file}, too (other rules then, or signals and fills in another order):`,
      ...unlike.map(line),
    )
  if (undecodable > 0) lines.push(`left out: ${undecodable} records that cannot be decoded`)
  const same = signals - changed.length - unlike.length
  lines.push(
    `${signals} signals: ${changed.length} decided otherwise with ${file}, ${same} the same, ${unlike.length} not compared`,
  )
  return lines.join('\n')
}
