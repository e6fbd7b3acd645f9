import { basename } from 'node:path'
import { TopologyError } from '../topology/definition/errors.ts'
import { branchName, isMillis, isWrapped } from './avro/branches.ts'
import { lastName } from './avro/matching.ts'
import { type AvroModel, type AvroRecord, modelOf } from './avro/model.ts'
import { avroType } from './avro/type.ts'
import { type AvscFile, selfContained } from './avsc-files.ts'

/** A file of generated TypeScript. Shape: `{ name: 'trading-signal.ts', text: '// Generated ...' }`. */
interface GeneratedFile {
  readonly name: string
  readonly text: string
}

/**
 * TypeScript of .avsc files, one file each: an interface for every record, a union for every enum, and a serde of the
 * file's own type under the same name as its interface. The same files give the same text.
 *
 * `library` is where the generated code imports `avroOf` from. Shape: `'millrace'`.
 * Errors: TopologyError SCHEMA_INCOMPATIBLE for a schema that Avro does not allow; CONFIG_INVALID for two types of a file
 * that would have one name in TypeScript.
 */
export function generateTypes(files: readonly AvscFile[], library: string): readonly GeneratedFile[] {
  const home = new Map(files.map(file => [file.name, moduleName(file)]))
  return files.map(file => ({ name: `${moduleName(file)}.ts`, text: new Module(file, files, home).text(library) }))
}

function moduleName(file: AvscFile): string {
  return basename(file.path, '.avsc')
}

class Module {
  readonly #file: AvscFile
  readonly #files: readonly AvscFile[]
  readonly #home: ReadonlyMap<string, string>
  readonly #imports = new Map<string, string>()
  /** TypeScript name to the full name that has taken it. */
  readonly #names = new Map<string, string>()
  readonly #declarations: string[] = []

  constructor(file: AvscFile, files: readonly AvscFile[], home: ReadonlyMap<string, string>) {
    this.#file = file
    this.#files = files
    this.#home = home
  }

  text(library: string): string {
    const schema = selfContained(this.#file, this.#files)
    avroType(schema)
    const name = this.#typeText(modelOf(schema))
    const imports = [...this.#imports]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([type, module]) => `import type { ${type} } from './${module}.ts'`)
    const parts = [
      `// Generated from ${basename(this.#file.path)} by 'schemas types': edit that file, not this one.`,
      [`import { avroOf } from '${library}'`, ...imports].join('\n'),
      ...this.#declarations,
      `/** Writes and reads ${name} as Avro. */\nexport const ${name} = avroOf<${name}>(${literal(schema, 0)})`,
    ]
    return `${parts.join('\n\n')}\n`
  }

  #typeText(model: AvroModel): string {
    switch (model.kind) {
      case 'primitive':
        return primitiveText(model.type, model.logical?.type)
      case 'union':
        return [...model.branches.filter(isNotNull), ...model.branches.filter(branch => !isNotNull(branch))]
          .map(branch => this.#branchText(branch, isWrapped(model.branches)))
          .join(' | ')
      case 'array':
        return `readonly ${this.#parenthesised(model.items)}[]`
      case 'map':
        return `{ readonly [key: string]: ${this.#typeText(model.values)} }`
      case 'fixed':
        return fixedText(model.logical?.type)
      case 'enum':
        return this.#named(model.name, name => {
          const symbols = model.symbols.map(symbol => `'${symbol}'`).join(' | ')
          return `${docText(model.doc, '')}export type ${name} = ${symbols}`
        })
      case 'record':
        return this.#named(model.name, name => this.#interfaceText(model, name))
    }
  }

  #branchText(branch: AvroModel, wrapped: boolean): string {
    const text = this.#typeText(branch)
    return wrapped && isNotNull(branch) ? `{ readonly ${keyText(branchName(branch))}: ${text} }` : text
  }

  #parenthesised(model: AvroModel): string {
    const text = this.#typeText(model)
    return model.kind === 'union' || text.startsWith('readonly ') ? `(${text})` : text
  }

  /** The TypeScript name of a named type: declared here, or imported from its own file. */
  #named(fullName: string, declare: (name: string) => string): string {
    const name = lastName(fullName)
    const taken = this.#names.get(name)
    if (taken === fullName) return name
    if (taken !== undefined) {
      const what = `the types '${taken}' and '${fullName}' would both be '${name}', in ${this.#file.path}`
      throw new TopologyError('CONFIG_INVALID', `${what}: give one another name`)
    }
    this.#names.set(name, fullName)
    const module = this.#home.get(fullName)
    if (module !== undefined && fullName !== this.#file.name) {
      this.#imports.set(name, module)
      return name
    }
    // Its place is kept while its fields declare theirs, so that the outer type comes first.
    const place = this.#declarations.push('') - 1
    this.#declarations[place] = declare(name)
    return name
  }

  #interfaceText(record: AvroRecord, name: string): string {
    const fields = record.fields.map(field => {
      const doc = [field.doc, unitsOf(field.type)].filter(Boolean).join(' ')
      return `${docText(doc, '  ')}  readonly ${field.name}: ${this.#typeText(field.type)}`
    })
    return `${docText(record.doc, '')}export interface ${name} {\n${fields.join('\n')}\n}`
  }
}

function isNotNull(model: AvroModel): boolean {
  return model.kind !== 'primitive' || model.type !== 'null'
}

function primitiveText(type: string, logical: string | undefined): string {
  if (logical === 'decimal') return 'bigint'
  if (logical !== undefined && isMillis(logical)) return 'number'
  switch (type) {
    case 'null':
    case 'boolean':
    case 'string':
      return type
    case 'long':
      return 'bigint'
    case 'bytes':
      return 'Buffer'
  }
  return 'number'
}

function fixedText(logical: string | undefined): string {
  return logical === 'decimal' ? 'bigint' : logical === 'uuid' ? 'string' : 'Buffer'
}

/** The units of a number, which its TypeScript type does not tell. */
function unitsOf(model: AvroModel): string {
  if (model.kind === 'union') return unitsOf(model.branches.find(isNotNull) ?? model.branches[0]!)
  const logical = model.kind === 'primitive' || model.kind === 'fixed' ? model.logical : undefined
  switch (logical?.type) {
    case 'decimal':
      return logical.scale === 0 ? '' : `Units: 1e-${logical.scale}.`
    case 'timestamp-millis':
    case 'local-timestamp-millis':
      return 'Units: milliseconds since the epoch.'
    case 'timestamp-micros':
    case 'local-timestamp-micros':
      return 'Units: microseconds since the epoch.'
    case 'date':
      return 'Units: days since the epoch.'
    case 'time-millis':
      return 'Units: milliseconds since midnight.'
    case 'time-micros':
      return 'Units: microseconds since midnight.'
  }
  return ''
}

function docText(doc: string | undefined, indent: string): string {
  if (!doc) return ''
  const lines = doc.replaceAll('*/', '* /').split('\n')
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`
  return `${indent}/**\n${lines.map(line => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`
}

/** JSON as a TypeScript literal in the house's style; short arrays and objects on one line. */
function literal(value: unknown, depth: number): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'bigint') return `${value}n`
  if (value === null || typeof value !== 'object') return String(value)
  const indent = '  '.repeat(depth)
  const parts = Array.isArray(value)
    ? value.map(item => literal(item, depth + 1))
    : Object.entries(value).map(([key, item]) => `${keyText(key)}: ${literal(item, depth + 1)}`)
  const [open, close, pad] = Array.isArray(value) ? ['[', ']', ''] : ['{', '}', ' ']
  if (parts.length === 0) return open + close
  const line = `${open}${pad}${parts.join(', ')}${pad}${close}`
  if (line.length + indent.length < 100 && !line.includes('\n')) return line
  return `${open}\n${parts.map(part => `${indent}  ${part},`).join('\n')}\n${indent}${close}`
}

/** `__proto__` as a plain key would set the prototype. */
function keyText(key: string): string {
  if (key === '__proto__') return `['__proto__']`
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key)
}

function quoted(text: string): string {
  const json = JSON.stringify(text)
  return text.includes("'") ? json : `'${json.slice(1, -1).replaceAll('\\"', '"')}'`
}
