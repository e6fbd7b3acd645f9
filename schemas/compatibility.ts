import type { AvroSchema } from '../topology/definition/serde.ts'
import { branchShape } from './avro/branches.ts'
import type { Logical } from './avro/logical-rules.ts'
import { branchFor, fieldPlaces, nameMatch, promotes } from './avro/matching.ts'
import { type AvroEnum, type AvroFixed, type AvroModel, type AvroRecord, modelOf } from './avro/model.ts'

/** One reason why a schema may not follow an older one. Shape: `{ path: 'payload.quantity', problem, remedy }`. */
export interface SchemaProblem {
  /** Fields from the root; `[]` for the items of an array, `{}` for the values of a map; empty for the root. */
  readonly path: string
  readonly problem: string
  readonly remedy: string
}

/**
 * The reasons why a schema may not follow its older versions (oldest first); empty when it may.
 *
 * The rules are those of BACKWARD_TRANSITIVE (the new schema reads what any older one wrote: Avro 1.11, "Schema
 * Resolution"), and three that registries leave out: a removed field must have had a default in the latest version (its
 * readers are still running), and neither a logical type nor a decimal's scale may change (the same bytes would mean another
 * number), nor its precision shrink.
 */
export function incompatibilities(next: AvroSchema, versions: readonly AvroSchema[]): readonly SchemaProblem[] {
  const found = new Map<string, SchemaProblem>()
  const reader = modelOf(next)
  versions.forEach((version, index) => {
    const latest = index === versions.length - 1
    for (const problem of new Comparison({ latest, logical: true }).run(modelOf(version), reader)) {
      found.set(`${problem.path}\n${problem.problem}`, problem)
    }
  })
  return [...found.values()]
}

/** Whether a reader of the one schema reads all that a writer of the other may write, by the rules that registries go by. */
export function reads(reader: AvroSchema, writer: AvroSchema): boolean {
  return new Comparison({ latest: false, logical: false }).run(modelOf(writer), modelOf(reader)).length === 0
}

/** A problem as one line. Shape: `field 'payload.quantity' is new and has no default: give it one`. */
export function problemText({ path, problem, remedy }: SchemaProblem): string {
  return `${path === '' ? 'the schema' : `field '${path}'`} ${problem}: ${remedy}`
}

/** The rules that registries leave out. */
interface ComparisonRules {
  /** Whether the old schema is the one whose readers are running: they need a default for a field that was removed. */
  readonly latest: boolean
  /** Whether logical types must stay. */
  readonly logical: boolean
}

class Comparison {
  readonly #rules: ComparisonRules
  readonly #problems: SchemaProblem[] = []
  /** Records already compared: a schema may lead back to itself. */
  readonly #seen = new Map<AvroRecord, Set<AvroRecord>>()

  constructor(rules: ComparisonRules) {
    this.#rules = rules
  }

  run(old: AvroModel, next: AvroModel): readonly SchemaProblem[] {
    this.#compare(old, next, '')
    return this.#problems
  }

  #report(path: string, problem: string, remedy: string): void {
    this.#problems.push({ path, problem, remedy })
  }

  #compare(old: AvroModel, next: AvroModel, path: string): void {
    if (old.kind === 'union') this.#compareFromUnion(old.branches, next, path)
    else if (next.kind === 'union') this.#compareToUnion(old, next.branches, path)
    else if (old.kind === 'primitive' && next.kind === 'primitive') this.#comparePrimitive(old, next, path)
    else if (old.kind === 'record' && next.kind === 'record') this.#compareRecord(old, next, path)
    else if (old.kind === 'enum' && next.kind === 'enum') this.#compareEnum(old, next, path)
    else if (old.kind === 'fixed' && next.kind === 'fixed') this.#compareFixed(old, next, path)
    else if (old.kind === 'array' && next.kind === 'array') this.#compare(old.items, next.items, `${path}[]`)
    else if (old.kind === 'map' && next.kind === 'map') this.#compare(old.values, next.values, `${path}{}`)
    else this.#changed(old, next, path)
  }

  #comparePrimitive(old: AvroPrimitiveType, next: AvroPrimitiveType, path: string): void {
    if (promotes(old.type, next.type)) this.#compareLogical(old.logical, next.logical, path)
    else this.#changed(old, next, path)
  }

  #changed(old: AvroModel, next: AvroModel, path: string): void {
    const remedy = 'keep the type, or add a field of another name with a default'
    this.#report(path, `changed its type from ${typeText(old)} to ${typeText(next)}`, remedy)
  }

  #compareLogical(old: Logical | undefined, next: Logical | undefined, path: string): void {
    if (!this.#rules.logical) return
    if (old?.type !== next?.type) {
      const from = old?.type ?? 'none'
      const to = next?.type ?? 'none'
      this.#report(path, `changed its logical type from ${from} to ${to}`, 'keep the logical type')
      return
    }
    if (old?.scale !== next?.scale) {
      const remedy = 'keep the scale: the bytes already written would be read as other numbers'
      this.#report(path, `changed its decimal scale from ${old?.scale} to ${next?.scale}`, remedy)
    }
    if ((old?.precision ?? 0) > (next?.precision ?? 0)) {
      const remedy = 'keep the precision, or add a field of another name with a default'
      this.#report(path, `changed its decimal precision from ${old?.precision} to ${next?.precision}`, remedy)
    }
  }

  #compareRecord(old: AvroRecord, next: AvroRecord, path: string): void {
    const against = this.#seen.get(old) ?? new Set()
    if (against.has(next)) return
    this.#seen.set(old, against.add(next))
    this.#compareName(old, next, path)
    const { places, taken } = fieldPlaces(old.fields, next.fields)
    if (taken !== undefined)
      this.#report(join(path, taken), 'has both its name and an alias in an older version', 'remove the alias')
    for (const [index, field] of next.fields.entries()) {
      const writer = old.fields.find(({ name }) => places.get(name) === index)
      if (writer) {
        this.#compare(writer.type, field.type, join(path, field.name))
      } else if (field.default === undefined) {
        this.#report(join(path, field.name), 'is new and has no default', 'give it a default')
      }
    }
    for (const field of this.#rules.latest ? old.fields : []) {
      if (places.has(field.name) || field.default !== undefined) continue
      const remedy = 'keep it, or give it a default, register that, and remove it in a later version'
      this.#report(join(path, field.name), 'was removed and had no default', remedy)
    }
  }

  #compareEnum(old: AvroEnum, next: AvroEnum, path: string): void {
    this.#compareName(old, next, path)
    const removed = old.symbols.filter(symbol => !next.symbols.includes(symbol))
    if (removed.length === 0 || next.default !== undefined) return
    const remedy = 'keep them in the enum, or give the enum a default'
    this.#report(path, `lost the symbols ${removed.map(symbol => `'${symbol}'`).join(', ')}`, remedy)
  }

  #compareFixed(old: AvroFixed, next: AvroFixed, path: string): void {
    this.#compareName(old, next, path)
    if (old.size !== next.size) {
      this.#report(path, `changed its size from ${old.size} to ${next.size} bytes`, 'keep the size')
    }
    this.#compareLogical(old.logical, next.logical, path)
  }

  #compareName(old: Renamed, next: Renamed, path: string): void {
    if (nameMatch(old, next) !== 'none') return
    const remedy = `keep the name, or list '${old.name}' among its aliases`
    this.#report(path, `renamed its ${next.kind} from '${old.name}' to '${next.name}'`, remedy)
  }

  #compareFromUnion(branches: readonly AvroModel[], next: AvroModel, path: string): void {
    for (const branch of branches) this.#compareToUnion(branch, next.kind === 'union' ? next.branches : [next], path)
  }

  #compareToUnion(old: AvroModel, branches: readonly AvroModel[], path: string): void {
    const match = branches[branchFor(branchShape(old), branches.map(branchShape))]
    if (match) this.#compare(old, match, path)
    else this.#lost(old, path)
  }

  #lost(branch: AvroModel, path: string): void {
    this.#report(path, `can no longer be ${typeText(branch)}`, 'keep that type in its union')
  }
}

type AvroPrimitiveType = Extract<AvroModel, { kind: 'primitive' }>
type Renamed = AvroRecord | AvroEnum | AvroFixed

function typeText(model: AvroModel): string {
  if (model.kind === 'primitive') return model.logical ? `${model.type} (${model.logical.type})` : model.type
  if (model.kind === 'union') return `a union of ${model.branches.map(typeText).join(', ')}`
  return 'name' in model ? `${model.kind} '${model.name}'` : model.kind
}

function join(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`
}
