import type { Command } from 'commander'
import tradingProject from '../../millrace.config.ts'
import { millraceCommands } from '../../ops/command-line/millrace-commands.ts'
import { text } from './pages.ts'
import guideProject from './project/millrace.config.ts'

const scripts = (JSON.parse(text('package.json')) as { readonly scripts: Readonly<Record<string, string>> }).scripts
const trading = tradingProject.commands ?? {}
const guide = guideProject.commands ?? {}

/** The verbs of the `millrace` command, as its source lists them. */
export const millraceVerbs: readonly string[] = Object.keys(millraceCommands)
const labVerbs = verbsOf('test/lab/cli.ts')

/** A command line that a page shows. */
interface Shown {
  readonly line: string
  readonly words: readonly string[]
  readonly command: Command | undefined
}

/**
 * The things that are wrong with a command line in a piece of code: a script, verb or option that does not exist. `shipped`: the
 * page is part of the package, whose `npx millrace` knows no command of the trading application.
 */
export async function wrongCommands(piece: string, shipped: boolean): Promise<readonly string[]> {
  const wrong: string[] = []
  for (const [line, name, rest] of piece.matchAll(/npm run ([a-z][\w:-]*)((?:\s+\S+)*)/g)) {
    const script = scripts[name!]
    if (script === undefined) wrong.push(`${line}: package.json has no script '${name}'`)
    else wrong.push(...wrongWords({ line, words: wordsOf(rest!), command: await commandOfScript(script) }))
  }
  for (const [line, verb, rest] of piece.matchAll(/^\s*(?:npx )?millrace ([a-z][\w-]*)((?:\s+\S+)*)/g)) {
    const command = await commandOf(verb!, shipped ? guide : { ...guide, ...trading })
    if (command === undefined) wrong.push(`${line}: millrace has no command '${verb}'`)
    else wrong.push(...wrongWords({ line, words: wordsOf(rest!), command }))
  }
  return wrong
}

function verbsOf(file: string): readonly string[] {
  const table = text(file).split('  commands: {\n')[1]!.split('\n  },\n')[0]!
  return [...table.matchAll(/^ {4}'?([\w-]+)'?: \{$/gm)].map(([, verb]) => verb!)
}

function wordsOf(rest: string): readonly string[] {
  return rest.split(/\s+/).map(word => word.replaceAll(/[[\]]/g, ''))
}

function wrongWords({ line, words, command }: Shown): readonly string[] {
  if (command === undefined) return []
  const child = command.commands.find(each => words.includes(each.name()))
  const plain = words.find(word => /^[a-z]/.test(word))
  if (command.commands.length > 0 && plain !== undefined && child === undefined)
    return [`${line}: '${command.name()}' has no command '${plain}'`]
  const known = [...command.options, ...(child?.options ?? [])].map(({ long }) => long)
  return words
    .filter(word => /^--[a-z]/.test(word))
    .map(word => word.replace(/=.*$/, ''))
    .filter(flag => flag !== '--help' && !known.includes(flag))
    .map(flag => `${line}: there is no option ${flag}`)
}

async function commandOfScript(script: string): Promise<Command | undefined> {
  const [, folder, verb] = /^exec node (ops\/bin|test\/lab)\/run\.mjs ([\w-]+)$/.exec(script) ?? []
  if (verb === undefined) return undefined
  return folder === 'ops/bin' ? commandOf(verb, trading) : made(`../lab/${verb}.ts`, labVerbs, verb)
}

async function commandOf(verb: string, added: typeof trading): Promise<Command | undefined> {
  return millraceVerbs.includes(verb) ? made(`../../ops/${verb}.ts`, millraceVerbs, verb) : added[verb]?.load()
}

async function made(file: string, verbs: readonly string[], verb: string): Promise<Command | undefined> {
  if (!verbs.includes(verb)) return undefined
  const make = (await import(file))[`${verb}Command`] as () => Command
  return make()
}
