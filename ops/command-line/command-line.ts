import { Command } from 'commander'
import { loadProject, type ProjectCommand } from '../../topology/app/project.ts'
import { TopologyError } from '../../topology/definition/errors.ts'
import { logDetail } from './error-detail.ts'
import { exitCodeOf, finalLine } from './exit-codes.ts'
import { asksForJson, printJson, refusalJson } from './json-output.ts'

/** Commands by the name under which they are called. */
export type CommandTable = Readonly<Record<string, ProjectCommand>>

/** A program of several commands. */
export interface CommandLine {
  readonly name: string
  readonly description: string
  readonly commands: CommandTable
  /** Commands from elsewhere. They are loaded only for a command that `commands` does not have, or for help. */
  readonly more?: () => Promise<CommandTable>
  readonly args: readonly string[]
}

/** The commands that the project of this folder adds. Errors: as `loadProject`. */
export async function projectCommands(): Promise<CommandTable> {
  return (await loadProject()).commands ?? {}
}

/**
 * Runs one command of a program, and loads no other. It ends with one readable line and a code of `exitCodes`, never with a
 * stack.
 */
export async function runCommandLine(line: CommandLine): Promise<void> {
  // The reader of the output may leave early (`| head`); the command still does its work to the end.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  endOnStray(line.args)
  await runCommand(line)
}

/** Runs one command in this process as it is: as `runCommandLine`, but for what that does to the process as a whole. */
export async function runCommand({ name, description, commands, more, args }: CommandLine): Promise<void> {
  try {
    const program = new Command(name).description(description).exitOverride()
    const asked = args[0] ?? ''
    const added = more === undefined || asked in commands ? {} : await more()
    refuseDoubles(commands, added)
    for (const [word, { summary, load }] of Object.entries({ ...commands, ...added })) {
      const command = asked === word ? await load() : new Command(word)
      program.addCommand(inheritExit(command.description(summary)))
    }
    await program.parseAsync([...args], { from: 'user' })
  } catch (error) {
    end(error, args)
  }
}

/** Prints the final line of a failed command, in JSON too where that was asked for, and its stack to the log of LOG_LEVEL=debug. */
function end(error: unknown, args: readonly string[]): void {
  if (asksForJson(args) && exitCodeOf(error) !== 0) printJson(refusalJson(error))
  const line = finalLine(error)
  if (line !== '') console.error(line)
  logDetail(error)
  process.exitCode = exitCodeOf(error)
}

/**
 * Errors that nobody catches (a timer of the user's code, a promise that nobody waits for) end the command as others do. A command
 * that is running listens itself, and ends in its own way.
 */
function endOnStray(args: readonly string[]): void {
  const strays = ['uncaughtException', 'unhandledRejection'] as const
  for (const stray of strays) {
    process.on(stray, (error: unknown) => {
      if (process.listenerCount(stray) > 1) return
      end(error, args)
      process.exit()
    })
  }
}

/** Refuses commands of the project that have the name of one of millrace's own, as they could never be run. */
function refuseDoubles(commands: CommandTable, added: CommandTable): void {
  const doubles = Object.keys(added).filter(word => word in commands)
  if (doubles.length === 0) return
  const names = doubles.map(word => `'${word}'`).join(', ')
  throw new TopologyError(
    'CONFIG_INVALID',
    `the project's commands ${names} have names of millrace's own: rename them in millrace.config.ts`,
  )
}

/** commander's own errors reach `runCommandLine` from every depth. */
function inheritExit(command: Command): Command {
  command.exitOverride()
  for (const child of command.commands) inheritExit(child)
  return command
}
