import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { TopologyError } from '../definition/errors.ts'
import type { EngineSettings } from '../runtime/task-environment.ts'

const flag = z.stringbool({
  truthy: ['1', 'true', 'yes', 'on'],
  falsy: ['0', 'false', 'no', 'off', ''],
  error: 'must be true or false',
})
const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
const bootstrapServers = z
  .string()
  .regex(/^[^\s,:/]+:\d+(,[^\s,:/]+:\d+)*$/, 'must be host:port, or several with commas between')
  .transform(text => text.split(','))

const milliseconds = z
  .string()
  .regex(/^[1-9]\d{0,6}$/, 'must be a whole number of milliseconds')
  .transform(Number)

/**
 * Every environment variable that millrace reads, with its meaning and its check. This file is the only reader of
 * the environment; README's table is made from it (`npx millrace config`).
 */
export const environmentVariables = {
  KAFKA_BROKERS: {
    schema: bootstrapServers.optional(),
    meaning: 'Bootstrap servers of a running Kafka. Unset: the cluster command starts one.',
    example: '127.0.0.1:9092',
  },
  SCHEMA_REGISTRY_URL: {
    schema: z.url({ protocol: /^https?$/, error: 'must be an address with http:// or https://' }).optional(),
    meaning: 'A Confluent-compatible schema registry. Unset: the cluster command starts one.',
    example: 'http://127.0.0.1:8081',
  },
  DATABASE_URL: {
    schema: z.url({ protocol: /^postgres(ql)?$/, error: 'must be an address with postgres://' }).optional(),
    meaning: 'A Postgres database for state. Unset: a container, or the server that comes with the package.',
    example: 'postgres://millrace:millrace@127.0.0.1:5432/millrace',
  },
  MILLRACE_SCHEMA: {
    schema: z.string().min(1).optional(),
    meaning: 'Postgres schema of the state tables. Unset: `public`.',
    example: 'trading',
  },
  LOG_LEVEL: {
    schema: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
    meaning: 'How much a worker logs, as JSON lines on standard error. Unset: `info`.',
    example: 'warn',
  },
  MILLRACE_COMMIT_INTERVAL_MS: {
    schema: milliseconds.optional(),
    meaning: 'A worker commits at the latest after so many milliseconds. Unset: 100.',
    example: '500',
  },
  MILLRACE_SESSION_TIMEOUT_MS: {
    schema: milliseconds.optional(),
    meaning: 'After so many milliseconds of silence a group gives the tasks of a worker away. Unset: 10000.',
    example: '6000',
  },
  MILLRACE_TRANSACTION_TIMEOUT_MS: {
    schema: milliseconds.optional(),
    meaning: 'After so many milliseconds without an end the broker aborts a transaction. Unset: 10000.',
    example: '6000',
  },
  MILLRACE_CACHE: {
    schema: z.string().min(1).optional(),
    meaning: "Folder for what Maven fetches (Kafka, registry). Unset: `millrace` in the user's cache folder.",
    example: '/var/cache/millrace',
  },
  XDG_CACHE_HOME: {
    schema: z.string().optional(),
    meaning: "The user's cache folder. Unset: `~/.cache`.",
    example: '/home/me/.cache',
  },
  CI: {
    schema: flag.default(false),
    meaning:
      'Set in continuous integration: a test that lacks a real Kafka, registry or Postgres fails, where else it is skipped.',
    example: 'true',
  },
} as const

type Variables = typeof environmentVariables

/** The environment, checked. Unset variables that have no default are undefined. */
export type Environment = { readonly [Name in keyof Variables]: z.infer<Variables[Name]['schema']> }

/**
 * Reads and checks the environment. An empty variable counts as unset.
 *
 * Errors: TopologyError CONFIG_INVALID, with every problem on a line of its own.
 */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>> = process.env): Environment {
  const problems: string[] = []
  const config: Record<string, unknown> = {}
  for (const [name, { schema, example }] of Object.entries(environmentVariables)) {
    const read = schema.safeParse(environment[name] === '' ? undefined : environment[name])
    if (read.success) config[name] = read.data
    else
      problems.push(`${name} ${read.error.issues[0]?.message ?? 'is malformed'}: set it like ${example}, or unset it`)
  }
  if (problems.length > 0) throw new TopologyError('CONFIG_INVALID', problems.join('\n'))
  return config as Environment
}

/** The engine's tuning as given by the environment; everything else is left to its defaults. */
export function engineSettings(config: Environment): Partial<EngineSettings> {
  return {
    ...(config.MILLRACE_COMMIT_INTERVAL_MS && { commitIntervalMs: config.MILLRACE_COMMIT_INTERVAL_MS }),
    ...(config.MILLRACE_SESSION_TIMEOUT_MS && { sessionTimeoutMs: config.MILLRACE_SESSION_TIMEOUT_MS }),
    ...(config.MILLRACE_TRANSACTION_TIMEOUT_MS && { transactionTimeoutMs: config.MILLRACE_TRANSACTION_TIMEOUT_MS }),
  }
}

/** The environment for a process of ours: this one's, with these variables set. */
export function childEnvironment(variables: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...variables }
}

/** The folder in which fetched servers are kept between runs. */
export function cacheFolder(config = readEnvironment()): string {
  return config.MILLRACE_CACHE ?? join(config.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'millrace')
}

/** The README's table of environment variables, in Markdown. */
export function environmentTable(): string {
  const rows = Object.entries(environmentVariables).map(
    ([name, { meaning, example }]) => `| \`${name}\` | ${meaning} | \`${example}\` |`,
  )
  return ['| variable | meaning | example |', '| --- | --- | --- |', ...rows].join('\n')
}
