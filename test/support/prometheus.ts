import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { stringify } from 'yaml'

/** Tries a download again, and waits for another apt. */
const patient = ['-o', 'Acquire::Retries=5', '-o', 'DPkg::Lock::Timeout=120'] as const

/** Debian's promtool; installed where it is missing and apt is there. Undefined, with the reason, where it is not available. */
export function findPromtool(): { readonly path: string } | { readonly missing: string } {
  if (which('promtool')) return { path: 'promtool' }
  try {
    const quiet = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const
    execFileSync('apt-get', [...patient, 'update', '-qq'], { ...quiet, timeout: 120_000 })
    execFileSync('apt-get', [...patient, 'install', '-y', '-qq', '--no-install-recommends', 'prometheus'], {
      ...quiet,
      timeout: 300_000,
    })
  } catch {
    return { missing: 'there is no promtool, and apt could not install the package prometheus' }
  }
  return which('promtool') ? { path: 'promtool' } : { missing: 'there is no promtool, and apt installed none' }
}

function which(command: string): boolean {
  try {
    execFileSync('which', [command], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** The values of a series at each minute, in promtool's notation. Shape: `{ 'up{job="millrace-worker"}': '1x5 0x10' }`. */
export type SeriesInput = Readonly<Record<string, string>>

/**
 * The alerts of ops/monitoring/alerts.yaml that fire at a minute, as promtool evaluates the rules on the series. Shape:
 * `['MillraceServerAway']`, sorted, each once.
 */
export function firingAlerts(promtool: string, series: SeriesInput, atMinute: number): readonly string[] {
  const expr = 'count by (alertname) (ALERTS{alertstate="firing"})'
  // An expectation that is never met, so that promtool says what there is in its place.
  const never = { labels: '{alertname="none"}', value: 1 }
  const said = saidOf(promtool, series, [{ expr, eval_time: `${atMinute}m`, exp_samples: [never] }])
  const got = said.split('got:')[1]
  if (got === undefined) throw new Error(`promtool says ${said}`)
  return [...got.matchAll(/alertname=\\*"(\w+)\\*"/g)].map(([, name]) => name!).sort()
}

/** Names of the rules. */
export function rules(): string[] {
  const text = readFileSync('ops/monitoring/alerts.yaml', 'utf8')
  return [...text.matchAll(/- alert: (\w+)/g)].map(([, name]) => name!)
}

/** Prometheus scrapes a worker, unless the series tell of one: that it finds none is an alert of its own. */
const aWorker: SeriesInput = { 'up{job="millrace-worker",instance="w0"}': '1x60' }

function scrapesWorker(series: SeriesInput): boolean {
  return Object.keys(series).some(name => name.startsWith('up{job="millrace-worker"'))
}

function saidOf(promtool: string, series: SeriesInput, expressions: readonly object[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-promtool-'))
  const file = join(folder, 'test.yaml')
  const test = {
    rule_files: [resolve('ops/monitoring/alerts.yaml')],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: Object.entries({ ...(!scrapesWorker(series) && aWorker), ...series }).map(([name, values]) => ({
          series: name,
          values,
        })),
        promql_expr_test: expressions,
      },
    ],
  }
  writeFileSync(file, stringify(test))
  try {
    return execFileSync(promtool, ['test', 'rules', file], { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string }
    return `${stdout}${stderr}`
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The samples of a scrape. Shape: `{ 'millrace_task_stuck{task="by-word_0"}': 1 }`; `job` and `instance` are added as Prometheus does. */
export function samplesOf(text: string, job: string, instance: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>()
  for (const [, name, labels = '', value] of text.matchAll(/^([a-z_][a-z0-9_]*)(?:\{(.*)\})? (\S+)$/gm)) {
    if (!name!.startsWith('millrace_')) continue
    const own = labels === '' ? [] : [labels]
    samples.set(`${name}{${[...own, `job="${job}"`, `instance="${instance}"`].join(',')}}`, Number(value))
  }
  return samples
}

/**
 * Series that hold what each scrape found for some minutes, one scrape after another: what was scraped stands for a trouble that
 * lasts as long as the rules ask. A series that a scrape does not have is missing then. An undefined scrape: nobody answered.
 */
export function heldSeries(
  scrapes: readonly { readonly samples: ReadonlyMap<string, number> | undefined; readonly minutes: number }[],
  up: string,
): SeriesInput {
  const names = new Set(scrapes.flatMap(({ samples }) => [...(samples?.keys() ?? [])]))
  const series: Record<string, string> = {}
  const write = (value: number | undefined, minutes: number) =>
    new Array<string>(minutes).fill(value === undefined || Number.isNaN(value) ? '_' : String(value)).join(' ')
  for (const name of names)
    series[name] = scrapes.map(({ samples, minutes }) => write(samples?.get(name), minutes)).join(' ')
  series[up] = scrapes.map(({ samples, minutes }) => write(samples === undefined ? 0 : 1, minutes)).join(' ')
  return series
}
