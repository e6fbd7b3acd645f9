import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { messageOf, TopologyError } from '../definition/errors.ts'
import { instanceIdPattern } from '../runtime/instance-id.ts'
import { defaultSettings, type EngineSettings } from '../runtime/task-environment.ts'
import { keepSecret } from './secrets.ts'

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

const pemFile = z.string().min(1)
const kafkaTransports = ['kafkajs', 'platformatic'] as const
const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const

const wholeNumber = z
  .string()
  .regex(/^[1-9]\d{0,5}$/, 'must be a whole number from 1 to 999999')
  .transform(Number)

const replicas = z
  .string()
  .regex(/^[1-9]\d?$/, 'must be a whole number from 1 to 99')
  .transform(Number)

const milliseconds = z
  .string()
  .regex(/^[1-9]\d{0,6}$/, 'must be a whole number of milliseconds')
  .transform(Number)

/**
 * Every environment variable that millrace reads, with its meaning and its check. This file is the only reader of
 * the environment; the table of docs/configuration.md is made from it (`npx millrace config`).
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
    secret: true,
    meaning:
      'A Postgres database for state; DATABASE_URL_FILE names a file that holds the URL. Unset: the cluster command starts one.',
    example: 'postgres://millrace:millrace@127.0.0.1:5432/millrace',
  },
  KAFKA_TRANSPORT: {
    schema: z.enum(kafkaTransports, `must be one of ${kafkaTransports.join(', ')}`).optional(),
    meaning:
      'The library that connects to Kafka: `platformatic` needs `@platformatic/kafka` to be installed. Unset: `kafkajs`, which millrace brings.',
    example: 'platformatic',
  },
  KAFKA_TLS: {
    schema: flag.optional(),
    meaning: 'Connect to Kafka over TLS. Set by itself where KAFKA_CA or KAFKA_CERT is. Unset: false.',
    example: 'true',
  },
  KAFKA_CA: {
    schema: pemFile.optional(),
    meaning: 'PEM file of the authorities that the brokers are trusted by. Unset: those that Node trusts.',
    example: '/etc/millrace/kafka-ca.pem',
  },
  KAFKA_CERT: {
    schema: pemFile.optional(),
    meaning: "PEM file of this client's certificate, for brokers that ask for one.",
    example: '/etc/millrace/kafka.pem',
  },
  KAFKA_KEY: {
    schema: pemFile.optional(),
    meaning: 'PEM file of the key of KAFKA_CERT.',
    example: '/etc/millrace/kafka.key',
  },
  KAFKA_SASL_MECHANISM: {
    schema: z.enum(saslMechanisms, `must be one of ${saslMechanisms.join(', ')}`).optional(),
    meaning: 'How this client signs in to Kafka. Unset: `plain` where KAFKA_USERNAME is set, else it does not sign in.',
    example: 'scram-sha-512',
  },
  KAFKA_USERNAME: {
    schema: z.string().min(1).optional(),
    meaning: 'User for Kafka.',
    example: 'millrace',
  },
  KAFKA_PASSWORD: {
    schema: z.string().min(1).optional(),
    secret: true,
    meaning: 'Password of KAFKA_USERNAME. KAFKA_PASSWORD_FILE names a file that holds it.',
    example: 'secret',
  },
  SCHEMA_REGISTRY_CA: {
    schema: pemFile.optional(),
    meaning: 'PEM file of the authorities that the registry is trusted by. Unset: those that Node trusts.',
    example: '/etc/millrace/registry-ca.pem',
  },
  SCHEMA_REGISTRY_CERT: {
    schema: pemFile.optional(),
    meaning: "PEM file of this client's certificate, for a registry that asks for one.",
    example: '/etc/millrace/registry.pem',
  },
  SCHEMA_REGISTRY_KEY: {
    schema: pemFile.optional(),
    meaning: 'PEM file of the key of SCHEMA_REGISTRY_CERT.',
    example: '/etc/millrace/registry.key',
  },
  SCHEMA_REGISTRY_USERNAME: {
    schema: z.string().min(1).optional(),
    meaning: 'User for basic authentication at the registry.',
    example: 'millrace',
  },
  SCHEMA_REGISTRY_PASSWORD: {
    schema: z.string().min(1).optional(),
    secret: true,
    meaning: 'Password of SCHEMA_REGISTRY_USERNAME. SCHEMA_REGISTRY_PASSWORD_FILE names a file that holds it.',
    example: 'secret',
  },
  SCHEMA_REGISTRY_TOKEN: {
    schema: z.string().min(1).optional(),
    secret: true,
    meaning: 'Token for bearer authentication at the registry. SCHEMA_REGISTRY_TOKEN_FILE names a file that holds it.',
    example: 'secret',
  },
  DATABASE_CA: {
    schema: pemFile.optional(),
    meaning:
      'PEM file of the authorities that Postgres is trusted by: `sslmode=verify-full` and `sslrootcert` of the URL.',
    example: '/etc/millrace/postgres-ca.pem',
  },
  DATABASE_CERT: {
    schema: pemFile.optional(),
    meaning: "PEM file of this client's certificate: `sslcert` of the URL.",
    example: '/etc/millrace/postgres.pem',
  },
  DATABASE_KEY: {
    schema: pemFile.optional(),
    meaning: 'PEM file of the key of DATABASE_CERT: `sslkey` of the URL.',
    example: '/etc/millrace/postgres.key',
  },
  DATABASE_PASSWORD: {
    schema: z.string().min(1).optional(),
    secret: true,
    meaning: 'Password for Postgres, where the URL has none. DATABASE_PASSWORD_FILE names a file that holds it.',
    example: 'secret',
  },
  MILLRACE_SCHEMA: {
    schema: z.string().min(1).optional(),
    meaning: 'Postgres schema of the state tables. Unset: `public`.',
    example: 'trading',
  },
  MILLRACE_HOST: {
    schema: z
      .string()
      .regex(/^[\w.:-]+$/, 'must be an address or a name')
      .optional(),
    meaning:
      'Address on which workers and the gateway listen; `0.0.0.0` for all. Beyond loopback MILLRACE_TOKEN is needed. Unset: `127.0.0.1`.',
    example: '0.0.0.0',
  },
  MILLRACE_ALLOWED_HOSTS: {
    schema: z
      .string()
      .regex(/^(\*\.)?[\w.-]+(,(\*\.)?[\w.-]+)*$/, 'must be names without ports, with commas between')
      .transform(text => text.split(','))
      .optional(),
    meaning:
      'Names by which clients may ask workers and the gateway, beside localhost and IP addresses; `*.` stands for anything. Others are refused.',
    example: 'gateway,*.apps.svc',
  },
  MILLRACE_TOKEN: {
    schema: z
      .string()
      .regex(/^[\w.~+/=-]{16,}$/, 'must be at least 16 letters, digits, or - . _ ~ + / =')
      .optional(),
    secret: true,
    meaning:
      'Bearer token that writes and operating routes of workers and the gateway ask for; needed beyond loopback. MILLRACE_TOKEN_FILE names a file that holds it.',
    example: '5f0c6e2b9d1a47c8',
  },
  MILLRACE_CONNECTIONS_PER_CLIENT: {
    schema: wholeNumber.optional(),
    meaning:
      'Connections that one client of a worker or the gateway may have open; all together four times as many. Behind a proxy all clients are one. Unset: 256.',
    example: '1000',
  },
  MILLRACE_STREAMS_PER_CLIENT: {
    schema: wholeNumber.optional(),
    meaning: 'Streams (server-sent events) that one client may have open. Unset: 32.',
    example: '100',
  },
  LOG_LEVEL: {
    schema: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
    meaning: 'How much a worker logs, as JSON lines on standard error. Unset: `info`.',
    example: 'warn',
  },
  MILLRACE_COMMIT_INTERVAL_MS: {
    schema: milliseconds.optional(),
    meaning:
      'A task under load commits so many milliseconds after its last commit was acknowledged; one that has caught up at once, but rests 20 ms after its last commit, and twice as long as that took, at most this interval. Unset: 100.',
    example: '500',
  },
  MILLRACE_INSTANCE_ID: {
    schema: z
      .string()
      .regex(instanceIdPattern, 'must be 1 to 150 letters, digits, dots, dashes and underscores')
      .optional(),
    meaning:
      'Name of a worker that stays the same when it starts again, such as the host name of a StatefulSet: it has its tasks back at once after a crash, and a second process with the name takes the place of the first. Unset: after a crash the tasks wait for MILLRACE_SESSION_TIMEOUT_MS.',
    example: 'worker-0',
  },
  MILLRACE_SESSION_TIMEOUT_MS: {
    schema: milliseconds.optional(),
    meaning:
      'After so many milliseconds of silence a group gives the tasks of a worker away. Unset: 45000, as in Java.',
    example: '6000',
  },
  MILLRACE_TRANSACTION_TIMEOUT_MS: {
    schema: milliseconds.optional(),
    meaning: 'After so many milliseconds without an end the broker aborts a transaction. Unset: 10000.',
    example: '6000',
  },
  MILLRACE_SLOW_RECORD_MS: {
    schema: milliseconds.optional(),
    meaning:
      'A record that is processed for longer, in milliseconds, makes its task stuck: `/readyz` says so. Unset: 300000.',
    example: '60000',
  },
  MILLRACE_STALLED_TASK_MS: {
    schema: milliseconds.optional(),
    meaning: 'A task with work to do that has not come on for longer, in milliseconds, is stuck. Unset: 300000.',
    example: '120000',
  },
  MILLRACE_STOP_TIMEOUT_MS: {
    schema: milliseconds.optional(),
    meaning: 'A task that is given up waits at most so many milliseconds for its record under way. Unset: 10000.',
    example: '20000',
  },
  MILLRACE_BREAKER_RECORDS: {
    schema: z
      .string()
      .regex(/^\d{1,6}$/, 'must be a whole number from 0 to 999999')
      .transform(Number)
      .optional(),
    meaning:
      'A task stops instead of dead-lettering on when too many of so many last records have failed; 0: never. Unset: 1000.',
    example: '200',
  },
  MILLRACE_BREAKER_SHARE: {
    schema: z
      .string()
      .regex(/^(0(\.\d+)?|1(\.0+)?)$/, 'must be a number from 0 to 1')
      .transform(Number)
      .optional(),
    meaning: 'The share of those records that may fail. Unset: 0.5.',
    example: '0.2',
  },
  MILLRACE_STATE_CACHE_BYTES: {
    schema: z
      .string()
      .regex(/^[1-9]\d{0,11}$/, 'must be a whole number of bytes')
      .transform(Number)
      .optional(),
    meaning:
      'State that a worker thread keeps in memory beside Postgres, shared evenly by its tables. Unset: 536870912.',
    example: '134217728',
  },
  MILLRACE_REPLICATION_FACTOR: {
    schema: replicas.optional(),
    meaning: 'Replicas of topics that millrace creates. Unset: the default of the brokers.',
    example: '3',
  },
  MILLRACE_MIN_INSYNC_REPLICAS: {
    schema: replicas.optional(),
    meaning:
      '`min.insync.replicas` of topics that millrace creates and that do not set it themselves. Unset: the default of the brokers.',
    example: '2',
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
  for (const [name, variable] of Object.entries(environmentVariables)) {
    const { schema, example } = variable
    const value = 'secret' in variable ? readSecret(name, environment, problems) : environment[name]
    if ('secret' in variable && value) keepSecret(value)
    const read = schema.safeParse(value === '' ? undefined : value)
    if (read.success) config[name] = read.data
    else
      problems.push(`${name} ${read.error.issues[0]?.message ?? 'is malformed'}: set it like ${example}, or unset it`)
  }
  if (problems.length > 0) throw new TopologyError('CONFIG_INVALID', problems.join('\n'))
  return config as Environment
}

/** A secret is given by its variable, or by a file that the variable with `_FILE` names. */
function readSecret(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
  problems: string[],
): string | undefined {
  const file = environment[`${name}_FILE`]
  if (!file) return environment[name]
  if (environment[name]) problems.push(`${name} and ${name}_FILE are both set: unset one of them`)
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    problems.push(`${name}_FILE cannot be read, ${messageOf(error)}: name a file that holds the secret`)
    return undefined
  }
}

/** The engine's tuning as given by the environment; everything else is left to its defaults. */
export function engineSettings(config: Environment): Partial<EngineSettings> {
  return {
    ...(config.MILLRACE_COMMIT_INTERVAL_MS && { commitIntervalMs: config.MILLRACE_COMMIT_INTERVAL_MS }),
    ...(config.MILLRACE_SESSION_TIMEOUT_MS && { sessionTimeoutMs: config.MILLRACE_SESSION_TIMEOUT_MS }),
    ...(config.MILLRACE_TRANSACTION_TIMEOUT_MS && { transactionTimeoutMs: config.MILLRACE_TRANSACTION_TIMEOUT_MS }),
    ...(config.MILLRACE_SLOW_RECORD_MS && { slowRecordMs: config.MILLRACE_SLOW_RECORD_MS }),
    ...(config.MILLRACE_STALLED_TASK_MS && { stalledTaskMs: config.MILLRACE_STALLED_TASK_MS }),
    ...(config.MILLRACE_STOP_TIMEOUT_MS && { stopTimeoutMs: config.MILLRACE_STOP_TIMEOUT_MS }),
    ...(config.MILLRACE_STATE_CACHE_BYTES && { workerCacheBytes: config.MILLRACE_STATE_CACHE_BYTES }),
    breaker: {
      records: config.MILLRACE_BREAKER_RECORDS ?? defaultSettings.breaker.records,
      share: config.MILLRACE_BREAKER_SHARE ?? defaultSettings.breaker.share,
    },
  }
}

/** The program that runs this command, as package managers tell it; empty: none. Shape: `'pnpm/10.0.0 npm/? node/v22.0.0'`. */
export function packageAgent(): string {
  return process.env.npm_config_user_agent ?? ''
}

/** The environment for a process of ours: this one's, with these variables set. */
export function childEnvironment(variables: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...variables }
}

/** The folder in which fetched servers are kept between runs. */
export function cacheFolder(config = readEnvironment()): string {
  return config.MILLRACE_CACHE ?? join(config.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'millrace')
}

/** The table of environment variables of docs/configuration.md, in Markdown. */
export function environmentTable(): string {
  const rows = Object.entries(environmentVariables).map(
    ([name, { meaning, example }]) => `| \`${name}\` | ${meaning} | \`${example}\` |`,
  )
  return ['| variable | meaning | example |', '| --- | --- | --- |', ...rows].join('\n')
}
