import { relative, resolve } from 'node:path'
import { Command } from 'commander'
import { schemaName } from '../schemas/avro/type.ts'
import { type AvscFile, readAvscFiles, selfContained } from '../schemas/avsc-files.ts'
import { checkSchema, type SchemaCandidate, type SchemaVerdict } from '../schemas/check.ts'
import { canonicalText } from '../schemas/registry/canonical.ts'
import { connectRegistry } from '../topology/app/connections.ts'
import { loadProject } from '../topology/app/project.ts'
import { loadTopology } from '../topology/app/topology-file.ts'
import { buildGraph } from '../topology/definition/graph.ts'
import type { SchemaRegistry } from '../topology/definition/serde.ts'
import { schemasOf } from '../topology/runtime/register-schemas.ts'
import { systemClock } from '../topology/runtime/system-clock.ts'
import { type JsonFlag, jsonOption, printJson } from './command-line/json-output.ts'
import { topologyHelp } from './command-line/options.ts'
import { serversInUse } from './command-line/servers.ts'
import { updateTypes } from './schemas/schema-types.ts'

interface RegistryFlags extends JsonFlag {
  readonly topology?: string
  readonly schemas?: string
  readonly registry?: string
}

/**
 * `schemas check|register|types`: the Avro schemas of a topology's topics and changelogs. A schema that is also in an
 * .avsc file is taken from there. Exit code 1: a schema does not fit, or generated types are not up to date.
 */
export function schemasCommand(): Command {
  const command = new Command('schemas').description('check, register and generate types from Avro schemas')
  withRegistry(command.command('check'))
    .description('ask the registry, and compare field by field, whether every schema may follow what is registered')
    .action(check)
  withRegistry(command.command('register'))
    .description('check, then register what is new, as BACKWARD_TRANSITIVE')
    .action(register)
  command
    .command('types')
    .description('write TypeScript types and serdes of the .avsc files of a folder into its subfolder `generated`')
    .argument('[folder]', `folder of .avsc files (default: ${schemasDefault})`)
    .option('--check', 'write nothing; exit code 1 when a file would change')
    .addOption(jsonOption())
    .action(types)
  return command
}

const schemasDefault = 'the one of millrace.config.ts, else schemas'

async function schemasFolder(): Promise<string> {
  const { folder, schemas = 'schemas' } = await loadProject()
  return relative(process.cwd(), resolve(folder, schemas)) || '.'
}

function withRegistry(command: Command): Command {
  return command
    .option('--topology <file>', topologyHelp)
    .option('--schemas <folder>', `folder of the .avsc files (default: ${schemasDefault})`)
    .option(
      '--registry <url>',
      'Confluent-compatible registry (default: SCHEMA_REGISTRY_URL, else the one of the project)',
    )
    .addOption(jsonOption())
}

async function check(flags: RegistryFlags): Promise<void> {
  const verdicts = await verdictsOf(await candidatesOf(flags), await registryOf(flags))
  if (flags.json) printJson({ subjects: verdicts })
  else for (const verdict of verdicts) print(verdict)
  if (!allFit(verdicts)) process.exitCode = 1
}

async function register(flags: RegistryFlags): Promise<void> {
  const registry = await registryOf(flags)
  const candidates = await candidatesOf(flags)
  const verdicts = await verdictsOf(candidates, registry)
  if (!flags.json) for (const verdict of verdicts) print(verdict)
  const registered = []
  if (allFit(verdicts))
    for (const { subject, schema } of candidates)
      registered.push({ subject, id: await registry.register(subject, schema) })
  else process.exitCode = 1
  if (flags.json) printJson({ subjects: verdicts, registered })
  else for (const { subject, id } of registered) console.log(`${subject}  id ${id}`)
}

async function types(named: string | undefined, flags: JsonFlag & { readonly check?: boolean }): Promise<void> {
  const folder = named ?? (await schemasFolder())
  const changed = await updateTypes(folder, { write: flags.check !== true })
  if (flags.json) printJson({ folder, written: flags.check ? [] : changed, stale: flags.check ? changed : [] })
  else for (const file of changed) console.log(`${file}  ${flags.check ? 'is not up to date' : 'written'}`)
  if (!flags.json && changed.length === 0) console.log(`${folder}: generated types are up to date`)
  if (flags.check && changed.length > 0) process.exitCode = 1
}

async function verdictsOf(candidates: readonly SchemaCandidate[], registry: SchemaRegistry): Promise<SchemaVerdict[]> {
  const verdicts = []
  for (const candidate of candidates) verdicts.push(await checkSchema(candidate, registry))
  return verdicts
}

function allFit(verdicts: readonly SchemaVerdict[]): boolean {
  return verdicts.every(({ problems }) => problems.length === 0)
}

function print({ subject, file, versions, problems }: SchemaVerdict): void {
  const standing = versions === 0 ? 'new' : `fits ${versions} ${versions === 1 ? 'version' : 'versions'}`
  const where = file === undefined ? '' : `  ${file}`
  console.log(`${subject}  ${problems.length === 0 ? standing : 'refused'}${where}`)
  for (const problem of problems) console.log(`  ${problem}`)
}

async function candidatesOf(flags: RegistryFlags): Promise<readonly SchemaCandidate[]> {
  const files = await readAvscFiles(flags.schemas ?? (await schemasFolder()))
  const schemas = await schemasOf(buildGraph(await loadTopology(flags.topology)))
  return schemas.map(known => {
    const file = files.find(each => each.name === schemaName(known.schema))
    return file ? { ...known, ...fromFile(known.subject, file, files, canonicalText(known.schema)) } : known
  })
}

/** The file's schema; if the topology runs another one, that is a problem of its own. */
function fromFile(subject: string, file: AvscFile, files: readonly AvscFile[], running: string): SchemaCandidate {
  const schema = selfContained(file, files)
  const stale = "the topology's types are not those of the file: run 'schemas types'"
  return { subject, schema, file: file.path, problems: canonicalText(schema) === running ? [] : [stale] }
}

async function registryOf(flags: RegistryFlags): Promise<SchemaRegistry> {
  const registry = flags.registry ?? (await serversInUse('schemas', ['registry'])).registry
  return connectRegistry(registry, systemClock)
}
