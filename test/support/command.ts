import { spawn } from 'node:child_process'

/** The result of a command. */
export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `millrace <args>` from source, with these variables instead of the machine's (an empty one counts as unset). */
export function millrace(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const named = { KAFKA_BROKERS: '', SCHEMA_REGISTRY_URL: '', DATABASE_URL: '', ...environment }
  return run(process.execPath, ['--import', 'tsx', 'ops/cli.ts', ...args], named)
}

/** Runs a command to its end. */
export function run(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  cwd: string = process.cwd(),
): Promise<CommandResult> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8')
    child[stream].on('data', chunk => {
      text[stream] += chunk
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve({ code, ...text }))
  })
}

/** The last line of a command that runs on, in JSON: its code, its exit code, and its text as a terminal would show it. */
export function endIn(stderr: string): { readonly code: unknown; readonly exitCode: unknown; readonly said: string } {
  const { code, exitCode, msg } = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '')
  return { code, exitCode, said: `millrace: ${msg}\n` }
}
