import { readFile, writeFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { loadTopology } from '../topology/app/topology-file.ts'
import type { TopologyDefinition } from '../topology/definition/definition.ts'
import { counted } from '../topology/definition/describe/counted.ts'
import { describeMermaid } from '../topology/definition/describe/mermaid.ts'
import { describeSvg } from '../topology/definition/describe/svg.ts'
import { describeText } from '../topology/definition/describe/text.ts'
import { diffText, topologyDiff } from '../topology/definition/diff/diff.ts'
import { messageOf, TopologyError } from '../topology/definition/errors.ts'
import { buildGraph } from '../topology/definition/graph.ts'
import { parseSnapshot, snapshotOf, type TopologySnapshot } from '../topology/definition/snapshot.ts'

import { type JsonFlag, jsonOption, printJson } from './command-line/json-output.ts'

const formats = ['text', 'mermaid', 'svg', 'json'] as const

/**
 * `topology`: looks at topology files without a broker. Exit codes: 0 fine, 1 a topology is invalid or state would be lost, 2
 * wrong command line, 3 a file cannot be read.
 */
export function topologyCommand(): Command {
  const command = new Command('topology').description('validate, describe and compare topologies')
  command
    .command('validate')
    .description('reports every problem of each file; exit code 1 when there is one')
    .argument('[files...]', '.yaml, .ts or .js files (unset: the one of millrace.config.ts)')
    .addOption(jsonOption())
    .action(validate)
  command
    .command('describe')
    .description('shows sub-topologies, stores and topics')
    .argument('[file]', 'a .yaml, .ts or .js file (unset: the one of millrace.config.ts)')
    .addOption(new Option('--format <format>', 'how to show it').choices(formats).default('text'))
    .option('--json', 'as JSON, for a later diff: short for --format json')
    .option('--output <file>', 'write it there instead of printing it')
    .action(describe)
  command
    .command('diff')
    .description('what keeps its state, what loses it, which topics appear or are orphaned; exit code 1 for a loss')
    .argument('<old>', 'a .yaml, .ts or .js file, or what describe --json wrote')
    .argument('<new>', 'the same')
    .option('--json', 'as JSON')
    .action(diff)
  return command
}

async function validate(files: readonly string[], { json = false }: JsonFlag): Promise<void> {
  for (const file of files.length > 0 ? files : [undefined]) {
    await orProblems(json, async () => {
      const definition = await loadTopology(file)
      const { subtopologies, stores } = buildGraph(definition)
      const names = subtopologies.map(part => part.name).join(', ')
      const counts = `${counted(subtopologies.length, 'sub-topology')} (${names}), ${counted(stores.size, 'store')}`
      if (json)
        printJson({
          topology: definition.name,
          valid: true,
          subtopologies: subtopologies.map(part => part.name),
          stores: stores.size,
        })
      else console.log(`${file ?? definition.name}: topology '${definition.name}' is valid: ${counts}`)
    })
  }
}

interface DescribeOptions {
  readonly format: (typeof formats)[number]
  readonly json?: boolean
  readonly output?: string
}

async function describe(file: string | undefined, { format, json, output }: DescribeOptions): Promise<void> {
  await orProblems(json === true || format === 'json', async () => {
    const text = described(await loadTopology(file), json ? 'json' : format)
    if (output === undefined) console.log(text)
    else await writeOutput(output, `${text}\n`)
  })
}

async function writeOutput(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch(error => {
    throw new TopologyError('CONFIG_INVALID', `'${file}' cannot be written: ${messageOf(error)}`)
  })
}

function described(definition: TopologyDefinition, format: (typeof formats)[number]): string {
  const graph = buildGraph(definition)
  if (format === 'mermaid') return describeMermaid(graph)
  if (format === 'svg') return describeSvg(graph)
  return format === 'json' ? JSON.stringify(snapshotOf(definition), undefined, 2) : describeText(graph)
}

async function diff(oldFile: string, newFile: string, { json }: { readonly json?: boolean }): Promise<void> {
  await orProblems(json === true, async () => {
    const found = topologyDiff(await readSnapshot(oldFile), await readSnapshot(newFile))
    console.log(json ? JSON.stringify(found, undefined, 2) : diffText(found))
    if (found.lost) process.exitCode = 1
  })
}

async function readSnapshot(file: string): Promise<TopologySnapshot> {
  if (!file.endsWith('.json')) return snapshotOf(await loadTopology(file))
  const text = await readFile(file, 'utf8').catch(error => {
    throw new TopologyError('CONFIG_INVALID', `snapshot '${file}' cannot be read: ${messageOf(error)}`)
  })
  return parseSnapshot(text, file)
}

/** An invalid topology is a finding of these commands, not their failure: its problems are printed, and they go on. */
async function orProblems(json: boolean, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof TopologyError && error.code === 'TOPOLOGY_INVALID')) throw error
    if (json) printJson({ valid: false, problems: error.message.split('\n') })
    console.error(error.message)
    process.exitCode = 1
  }
}
