import { readFile } from 'node:fs/promises'
import { TopologyBuilder } from '../definition/builder.ts'
import type { SourceLocation, TopologyDefinition } from '../definition/definition.ts'
import { messageOf, TopologyError } from '../definition/errors.ts'
import { problemsOf } from '../definition/graph.ts'
import { type Problem, topologyError } from '../definition/problem.ts'
import type { AnyStore } from '../definition/store.ts'
import type { AnyTopic } from '../definition/topic.ts'
import { YamlDocument, type YamlField } from './document.ts'
import { yamlKeys } from './keys.ts'
import { Modules } from './modules.ts'
import { readProcessor } from './processors.ts'
import type { YamlOptions, YamlReading } from './reading.ts'
import { Scope } from './scope.ts'
import { readStore } from './stores.ts'
import { readStreams } from './streams.ts'
import { readTopic } from './topics.ts'

/**
 * Reads a topology file: the same definition that `topology()` makes of the same parts.
 *
 * Errors: TopologyError CONFIG_INVALID when the file cannot be read; TOPOLOGY_INVALID lists every problem of the file and
 * of the graph, each with file, line and column.
 */
export async function loadYaml(path: string, options: YamlOptions): Promise<TopologyDefinition> {
  const text = await readFile(path, 'utf8').catch(error => {
    throw new TopologyError('CONFIG_INVALID', `topology file '${path}' cannot be read: ${messageOf(error)}`)
  })
  return readYaml(path, text, options)
}

/** As `loadYaml`, for a text: `path` places it for references and messages. Errors: TopologyError TOPOLOGY_INVALID. */
export async function readYaml(path: string, text: string, options: YamlOptions): Promise<TopologyDefinition> {
  const document = new YamlDocument(path, text)
  const places = new Map<string, SourceLocation>()
  const read = document.parsed ? await readDefinition(document, options, places) : undefined
  const graph = read ? problemsOf(read.definition).filter(({ ofWhole }) => read.complete || !ofWhole) : []
  const found = graph.map(problem => place(problem, places))
  const problems = [...document.problems, ...found]
  if (problems.length > 0 || !read) throw topologyError(path, problems.sort(byPlace))
  return read.definition
}

interface DefinitionRead {
  readonly definition: TopologyDefinition
  /** False when streams end in the middle: problems of the whole would be mere consequences. */
  readonly complete: boolean
}

async function readDefinition(
  document: YamlDocument,
  options: YamlOptions,
  places: Map<string, SourceLocation>,
): Promise<DefinitionRead | undefined> {
  const fields = document.record(document.root, 'a topology file', yamlKeys.file, ['topology'], { notes: true })
  if (!fields) return undefined
  const name = (fields.topology && document.text(fields.topology.value, 'topology')) ?? 'unnamed'
  if (fields.topology) places.set(`topology ${name}`, fields.topology.value.at)
  const modules = new Modules(document, document.file, options.load)
  const functions = await scopeOf(document, modules, fields.functions)
  const serdes = await scopeOf(document, modules, fields.schemas)
  serdes.add(options.serdes)
  const topics = new Map<string, AnyTopic>()
  const stores = new Map<string, AnyStore>()
  const reading: YamlReading = { document, modules, options, serdes, functions, topics, stores }
  const builder = new TopologyBuilder(name)

  for (const field of fieldsOf(document, fields.topics)) {
    places.set(`topic ${field.key}`, field.at)
    const topic = await readTopic(reading, field)
    topics.set(field.key, topic)
    builder.addTopic(topic)
  }
  for (const field of fieldsOf(document, fields.stores)) {
    places.set(`store ${field.key}`, field.at)
    const store = await readStore(reading, field)
    stores.set(field.key, store)
    builder.addStore(store)
  }
  for (const field of fieldsOf(document, fields.processors)) await readProcessor(reading, field, builder)
  const complete = await readStreams(reading, builder, {
    tables: fieldsOf(document, fields.tables),
    globals: fieldsOf(document, fields['global-tables']),
    streams: fieldsOf(document, fields.streams),
  })
  return { definition: builder.definition(), complete }
}

/** Everything that the listed modules export, by name. */
async function scopeOf(document: YamlDocument, modules: Modules, field: YamlField | undefined): Promise<Scope> {
  const scope = new Scope()
  if (!field) return scope
  const items = document.isList(field.value) ? (document.items(field.value, field.key) ?? []) : [field.value]
  for (const item of items) {
    const file = document.text(item, field.key)
    if (file !== undefined) scope.add((await modules.exports(file, item.at)) ?? {}, file)
  }
  return scope
}

function fieldsOf(document: YamlDocument, field: YamlField | undefined): readonly YamlField[] {
  return (field && document.fields(field.value, field.key)) ?? []
}

/** A problem of the graph, at the place of what it is about. */
function place(problem: Problem, places: ReadonlyMap<string, SourceLocation>): Problem {
  if (problem.at || !problem.about) return problem
  const at = places.get(`${problem.about.kind} ${problem.about.name}`)
  return at ? { ...problem, at } : problem
}

function byPlace(a: Problem, b: Problem): number {
  if (!a.at || !b.at) return Number(!a.at) - Number(!b.at)
  return a.at.line - b.at.line || a.at.column - b.at.column
}
