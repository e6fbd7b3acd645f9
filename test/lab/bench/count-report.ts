import Table from 'cli-table3'
import type { Pair, VariantResult, VerifiedRun } from './count.ts'
import type { ProfileLine } from './profile.ts'

const plain = { head: [], border: [] }

/** The ratios of a variant. Undefined when one contender ran alone. */
export interface Spread {
  readonly median: number
  readonly lowest: number
  readonly highest: number
}

/** Median, lowest and highest of the pairs' ratios. */
export function spreadOf(pairs: readonly Pair[]): Spread | undefined {
  const ratios = pairs.flatMap(({ ratio }) => (ratio === undefined ? [] : [ratio])).sort((a, b) => a - b)
  if (ratios.length === 0) return undefined
  const middle = (ratios.length - 1) / 2
  const median = (ratios[Math.floor(middle)]! + ratios[Math.ceil(middle)]!) / 2
  return { median, lowest: ratios[0]!, highest: ratios.at(-1)! }
}

/** The results as tables: each pair, then the ratio of each variant, then the profiles. */
export function countTables(results: readonly VariantResult[]): string {
  const pairs = new Table({
    head: ['variant', 'pair', 'millrace', 'Kafka Streams', 'ratio', 'CPU s', 'CPU s (KS)', 'MB', 'MB (KS)'],
    style: plain,
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
  })
  for (const { variant, pairs: all } of results)
    for (const [index, { runs, ratio }] of all.entries()) {
      const [ours, theirs] = [runs.millrace, runs['kafka-streams']]
      pairs.push([
        variant,
        index + 1,
        ...[rate(ours), rate(theirs), ratio?.toFixed(2) ?? '-'],
        ...[cpu(ours), cpu(theirs), megabytes(ours), megabytes(theirs)],
      ])
    }
  return [`${pairs}`, ...results.map(summary)].join('\n\n')
}

function summary({ variant, pairs, profile }: VariantResult): string {
  const spread = spreadOf(pairs)
  const ratio = spread
    ? `median ratio ${spread.median.toFixed(2)} (${spread.lowest.toFixed(2)} to ${spread.highest.toFixed(2)})`
    : 'no ratio: one ran alone'
  return [`${variant}: ${ratio}`, ...(profile ? ["millrace's worker by self time:", profileText(profile)] : [])].join(
    '\n',
  )
}

/** One function a line. */
export function profileText(lines: readonly ProfileLine[]): string {
  return lines
    .map(({ share, milliseconds, name, place }) => {
      const percent = `${(share * 100).toFixed(1)} %`.padStart(7)
      return `${percent} ${String(milliseconds).padStart(6)} ms  ${name}${place === '' ? '' : `  ${place}`}`
    })
    .join('\n')
}

function rate(run: VerifiedRun | undefined): string {
  return run ? `${run.recordsPerSecond.toLocaleString('en')}/s` : '-'
}

function cpu(run: VerifiedRun | undefined): string {
  return run?.cpuSeconds.toFixed(1) ?? '-'
}

function megabytes(run: VerifiedRun | undefined): string {
  return run ? String(Math.round(run.rssBytes / 1e6)) : '-'
}
