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
import { topologyHelp } from './command-line/options.ts'
import { serversInUse } from './command-line/servers.ts'
import { updateTypes } from './schemas/schema-types.ts'

interface RegistryFlags {
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
}

async function check(flags: RegistryFlags): Promise<void> {
  await checkAll(await candidatesOf(flags), await registryOf(flags))
}

async function register(flags: RegistryFlags): Promise<void> {
  const registry = await registryOf(flags)
  const candidates = await candidatesOf(flags)
  if (!(await checkAll(candidates, registry))) return
  for (const { subject, schema } of candidates) {
    console.log(`${subject}  id ${await registry.register(subject, schema)}`)
  }
}

async function types(named: string | undefined, flags: { readonly check?: boolean }): Promise<void> {
  const folder = named ?? (await schemasFolder())
  const changed = await updateTypes(folder, { write: flags.check !== true })
  for (const file of changed) console.log(`${file}  ${flags.check ? 'is not up to date' : 'written'}`)
  if (changed.length === 0) console.log(`${folder}: generated types are up to date`)
  if (flags.check && changed.length > 0) process.exitCode = 1
}

/** Prints every verdict; true when all schemas fit. */
async function checkAll(candidates: readonly SchemaCandidate[], registry: SchemaRegistry): Promise<boolean> {
  let fit = true
  for (const candidate of candidates) {
    const verdict = await checkSchema(candidate, registry)
    print(verdict)
    if (verdict.problems.length > 0) fit = false
  }
  if (!fit) process.exitCode = 1
  return fit
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
