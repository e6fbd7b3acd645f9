import { projectCommands, runCommand } from '../../ops/command-line/command-line.ts'
import { millraceCommands } from '../../ops/command-line/millrace-commands.ts'
import type { CommandResult } from './command.ts'

/**
 * Runs `millrace <args>` in this process, on its environment, so that a command costs no start of Node. For commands that end by
 * themselves; one at a time.
 */
export async function millraceHere(args: readonly string[]): Promise<CommandResult> {
  const text = { stdout: '', stderr: '' }
  const real = { stdout: process.stdout.write, stderr: process.stderr.write }
  for (const stream of ['stdout', 'stderr'] as const)
    process[stream].write = ((chunk: string | Uint8Array) => {
      text[stream] += String(chunk)
      return true
    }) as typeof process.stdout.write
  const before = process.exitCode
  process.exitCode = 0
  try {
    await runCommand({ name: 'millrace', description: '', commands: millraceCommands, more: projectCommands, args })
    return { code: Number(process.exitCode), ...text }
  } finally {
    process.exitCode = before
    process.stdout.write = real.stdout
    process.stderr.write = real.stderr
  }
}
