import { z } from 'zod'
import { parseConfigFile } from '../shared/config-file.ts'

/**
 * The way an order fills. FULL: at once; SPLIT: in this many parts; PARTIAL_EXPIRE: in part, then the rest expires; REJECT:
 * not.
 */
type ExecutionProfile =
  | { readonly kind: 'FULL' }
  | { readonly kind: 'SPLIT'; readonly parts: number }
  | { readonly kind: 'PARTIAL_EXPIRE' }
  | { readonly kind: 'REJECT' }

/** The settings by which the orders of one instrument are simulated. Delays are event time, in ms. */
export interface ExecutionSettings {
  readonly profile: ExecutionProfile
  /** A fill may be worse than the reference price by up to this many ticks, but never past its bound. */
  readonly slippageTicks: number
  /** Between each step of an order: at least and at most. */
  readonly minDelayMs: number
  readonly maxDelayMs: number
}

/** The execution file: settings by instrument key, and those of all others. */
export interface ExecutionConfig {
  readonly defaults: ExecutionSettings
  readonly instruments: ReadonlyMap<string, ExecutionSettings>
}

const profile = z
  .string()
  .regex(
    /^(FULL|REJECT|PARTIAL_EXPIRE|SPLIT\((?:[2-9]|[1-9]\d)\))$/,
    'write FULL, SPLIT(2) to SPLIT(99), PARTIAL_EXPIRE or REJECT',
  )
  .transform(parseProfile)

const settings = {
  profile,
  slippageTicks: z.int().nonnegative(),
  minDelayMs: z.int().nonnegative(),
  maxDelayMs: z.int().nonnegative(),
}

const executionFile = z.strictObject({
  defaults: z.strictObject(settings),
  instruments: z.record(z.string().min(1), z.strictObject(settings).partial()).default({}),
})

/** Reads the execution file. Errors: TopologyError CONFIG_INVALID with every problem of the file. */
export function parseExecutionConfig(yaml: string, file = 'execution.yaml'): ExecutionConfig {
  return parseConfigFile(yaml, file, executionFile.transform(resolve))
}

/** The settings of an instrument. */
export function settingsOf(config: ExecutionConfig, instrumentKey: string): ExecutionSettings {
  return config.instruments.get(instrumentKey) ?? config.defaults
}

/** `'SPLIT(3)'` as data. Errors: RangeError for a text that is no profile. */
export function parseProfile(text: string): ExecutionProfile {
  const split = /^SPLIT\((\d+)\)$/.exec(text)
  if (split) return { kind: 'SPLIT', parts: Number(split[1]) }
  if (text === 'FULL' || text === 'PARTIAL_EXPIRE' || text === 'REJECT') return { kind: text }
  throw new RangeError(`'${text}' is no execution profile`)
}

function resolve(file: z.output<typeof executionFile>, context: z.RefinementCtx): ExecutionConfig {
  const instruments = new Map<string, ExecutionSettings>()
  for (const [key, own] of Object.entries(file.instruments)) {
    const { defaults } = file
    const resolved: ExecutionSettings = {
      profile: own.profile ?? defaults.profile,
      slippageTicks: own.slippageTicks ?? defaults.slippageTicks,
      minDelayMs: own.minDelayMs ?? defaults.minDelayMs,
      maxDelayMs: own.maxDelayMs ?? defaults.maxDelayMs,
    }
    checkDelays(resolved, ['instruments', key], context)
    instruments.set(key, resolved)
  }
  checkDelays(file.defaults, ['defaults'], context)
  return { defaults: file.defaults, instruments }
}

function checkDelays(of: ExecutionSettings, path: string[], context: z.RefinementCtx): void {
  if (of.minDelayMs > of.maxDelayMs)
    context.addIssue({ code: 'custom', path, message: 'minDelayMs is above maxDelayMs' })
}
