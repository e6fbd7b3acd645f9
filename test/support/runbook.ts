import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type CommandResult, run } from './command.ts'
import { waitFor } from './wait-for.ts'

/*
 * The grammar of a runbook's code blocks of the language `sh`, as a person reads them too:
 *
 *   npx millrace outbox skip <event-id>     # an explanation, which nobody checks
 *   # <event-id> is skipped                 the command above prints such a line; `...` stands for any text
 *   # exit code 1                           the command ends with this code; 0 unless it is said
 *
 * A name in angle brackets stands for what the reader has at hand. A command is `npx millrace ...` or `npm run <script> -- ...`, the
 * latter of a script of package.json that runs a command of millrace or of the laboratory.
 */

/** A command of a runbook, and what the runbook says of its end. */
export interface RunbookStep {
  /** Shape: `'npx millrace outbox skip <event-id>'`. */
  readonly command: string
  /** Lines that it prints, in their order. */
  readonly prints: readonly string[]
  readonly exitCode: number
}

/** The steps of a runbook's text, in their order. Errors: when a block has something else than a command. */
export function runbookSteps(markdown: string): readonly RunbookStep[] {
  const steps: { command: string; prints: string[]; exitCode: number }[] = []
  for (const [, block] of markdown.matchAll(/^ *```sh\n(.*?)^ *```$/gms))
    for (const line of block!.split('\n').map(each => each.trim())) {
      const said = /^# (.*)$/.exec(line)?.[1]?.trim()
      const code = /^exit code (\d+)$/.exec(said ?? '')?.[1]
      if (said !== undefined && steps.length === 0) throw new Error(`no command stands above '${line}'`)
      if (code !== undefined) steps.at(-1)!.exitCode = Number(code)
      else if (said !== undefined) steps.at(-1)!.prints.push(said)
      else if (/^(npx millrace|npm run) /.test(line))
        steps.push({ command: line.replace(/\s+#.*$/, ''), prints: [], exitCode: 0 })
      else if (line !== '') throw new Error(`'${line}' is neither a command of millrace nor a comment`)
    }
  return steps
}

/** The file that runs a command, and the words after it, quotes undone. Shape: `['ops/cli.ts', 'outbox', 'skip', '9f2c']`. */
export function wordsOf(command: string): readonly string[] {
  const words = [...command.matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([word]) => word.replaceAll('"', ''))
  const [program, verb, ...rest] = words
  if (program === 'npx' && verb === 'millrace') return ['ops/cli.ts', ...rest]
  if (program === 'npm' && verb === 'run') {
    const [script = '', ...more] = rest
    const started = /^exec node (ops\/bin|test\/lab)\/run\.mjs (\S+)$/.exec(scripts[script] ?? '')
    if (started === null) throw new Error(`'${command}': package.json has no script '${script}' that runs a command`)
    const file = started[1] === 'test/lab' ? 'test/lab/cli.ts' : 'ops/cli.ts'
    return [file, started[2]!, ...(more[0] === '--' ? more.slice(1) : more)]
  }
  throw new Error(`'${command}' is no command of millrace`)
}

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>
}

/** Whether a text has these lines, in their order, others between them; spaces count once, `...` stands for any text. */
export function hasLines(text: string, lines: readonly string[]): boolean {
  const patterns = lines.map(line => new RegExp(`^${line.split('...').map(plain).join('.*')}$`))
  let met = 0
  for (const line of text.split('\n')) if (patterns[met]?.test(line.trim().replaceAll(/\s+/g, ' '))) met++
  return met === patterns.length
}

function plain(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** A command of a runbook that runs on. */
export interface RunningStep {
  /** Everything that it has printed, to both streams. */
  said(): string
  /** Sends SIGTERM and waits for the end. Returns the exit code. */
  end(): Promise<number | null>
}

/** The options with which a step is followed. */
export interface Following {
  /** The texts for the names in angle brackets. Shape: `{ 'event-id': '9f2c' }`. */
  readonly values?: Readonly<Record<string, string>>
  /** Words of the runbook's example, and those that the drill has in their place. Shape: `{ 'trading.signals': 'orders' }`. */
  readonly instead?: Readonly<Record<string, string>>
  /** Options that the drill adds, such as a port. */
  readonly more?: readonly string[]
  /** Variables for this command alone. */
  readonly env?: Readonly<Record<string, string>>
  /** The command is run again until it ends as the runbook says, at most for so long. Units: ms. */
  readonly withinMs?: number
}

/** A runbook under the hands of a drill: it runs the document's own commands, and checks what the document says of them. */
export class Runbook {
  readonly name: string
  readonly #steps: readonly RunbookStep[]
  readonly #env: Readonly<Record<string, string>>
  readonly #followed = new Set<RunbookStep>()
  readonly #running = new Set<RunningStep>()

  /** Shape of `name`: `'outbox.md'`. `env` names the servers. */
  constructor(name: string, env: Readonly<Record<string, string>>) {
    this.name = name
    this.#steps = runbookSteps(readFileSync(`ops/runbooks/${name}`, 'utf8'))
    this.#env = env
  }

  /** The number of commands that were followed. */
  get followed(): number {
    return this.#followed.size
  }

  /** Commands that nobody has followed. */
  get left(): readonly string[] {
    return this.#steps.filter(step => !this.#followed.has(step)).map(({ command }) => command)
  }

  /** Leaves out the commands before the next one that begins so, and that one. */
  passOver(begins: string): void {
    const last = this.#steps.indexOf(this.#find(begins))
    for (const step of this.#steps.slice(0, last + 1)) this.#followed.add(step)
  }

  /**
   * Runs the next command that begins so, program left out, and compares its end with what the runbook says. Returns its result.
   * Errors: when it prints or ends otherwise, or the runbook has no such command left.
   */
  async follow(begins: string, options: Following = {}): Promise<CommandResult> {
    const { args, prints, exitCode } = this.#next(begins, options)
    let result: CommandResult | undefined
    const asSaid = async () => {
      result = await run(process.execPath, args, { ...this.#env, ...options.env })
      return result.code === exitCode && hasLines(`${result.stdout}\n${result.stderr}`, prints)
    }
    await waitFor(asSaid, {
      what: `'${begins}' of ${this.name} does not end as the runbook says (${[...prints, `exit code ${exitCode}`].join(' | ')})`,
      timeoutMs: options.withinMs ?? 0,
      said: () => `exit code ${result?.code}\n${result?.stdout}${result?.stderr}`,
    })
    return result!
  }

  /** Starts the next command that begins so, and waits until it has printed what the runbook says. */
  async start(begins: string, options: Following = {}): Promise<RunningStep> {
    const { args, prints } = this.#next(begins, options)
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...this.#env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = new Promise<number | null>(resolve => child.once('close', resolve))
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (said += chunk))
    const running = { said: () => said, end: () => endOf(child, ended) }
    this.#running.add(running)
    await waitFor(() => hasLines(said, prints), {
      what: `'${begins}' of ${this.name} does not print ${prints.join(' | ')}`,
      timeoutMs: options.withinMs ?? 60_000,
      said: () => said,
    })
    return running
  }

  /** Ends what was started and still runs. */
  async close(): Promise<void> {
    await Promise.all([...this.#running].map(running => running.end()))
  }

  #next(begins: string, { values = {}, instead = {}, more = [] }: Following) {
    const step = this.#find(begins)
    this.#followed.add(step)
    const filled = (text: string) => {
      let here = text
      for (const [word, other] of Object.entries(instead)) here = here.replaceAll(word, other)
      return here.replaceAll(/<([\w-]+)>/g, (name, word: string) => {
        if (values[word] === undefined) throw new Error(`${this.name} needs ${name}`)
        return values[word]
      })
    }
    const args = ['--import', 'tsx', ...wordsOf(filled(step.command)), ...more]
    return { args, prints: step.prints.map(filled), exitCode: step.exitCode }
  }

  #find(begins: string): RunbookStep {
    const found = this.#steps.find(
      step => !this.#followed.has(step) && wordsOf(step.command).slice(1).join(' ').startsWith(begins),
    )
    if (found === undefined)
      throw new Error(`${this.name} has no command '${begins}' that is left: ${this.left.join('; ')}`)
    return found
  }
}

async function endOf(child: ChildProcess, ended: Promise<number | null>): Promise<number | null> {
  child.kill('SIGTERM')
  return ended
}
