import type { AvroPrimitive } from './model.ts'

/*
 * The rules by which a type that was written can be read as another (Avro 1.11, "Schema Resolution"). The decoder and the
 * comparison of schemas have these rules in common.
 */

/** A named type as a writer or a reader has it. Names are full names. */
export interface NamedType {
  readonly name?: string | undefined
  readonly aliases?: readonly string[] | undefined
}

/** The degree to which a reader's name fits a writer's. */
type NameMatch = 'same' | 'apart from the namespace' | 'none'

/** The match of a reader with the writer's name, by its own name or by an alias. */
export function nameMatch(writer: NamedType, reader: NamedType): NameMatch {
  const names = [reader.name ?? '', ...(reader.aliases ?? [])]
  if (names.includes(writer.name ?? '')) return 'same'
  const last = lastName(writer.name ?? '')
  return names.some(name => lastName(name) === last) ? 'apart from the namespace' : 'none'
}

const promotions: Partial<Record<AvroPrimitive, readonly AvroPrimitive[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
}

/** Whether one primitive is read as another, or is it. */
export function promotes(writer: AvroPrimitive, reader: AvroPrimitive): boolean {
  return writer === reader || promotions[writer]?.includes(reader) === true
}

/** A branch of a reader's union as it is matched with what was written. */
export interface BranchShape extends NamedType {
  /** Shape: `'record'`, `'long'`, `'map'`. */
  readonly shape: string
}

/**
 * The index of the branch that reads what was written; -1 for none. The same type comes first, then the same type of a
 * namesake in another namespace, then a promotion. Source: `Resolver.ReaderUnion` of Avro's Java implementation.
 */
export function branchFor(writer: BranchShape, branches: readonly BranchShape[]): number {
  const matches = branches.map(branch => (branch.shape === writer.shape ? nameMatch(writer, branch) : 'none'))
  const same = matches.indexOf('same')
  if (same >= 0) return same
  const namesake = matches.indexOf('apart from the namespace')
  if (namesake >= 0) return namesake
  return branches.findIndex(
    ({ shape }) => shape !== writer.shape && promotes(writer.shape as AvroPrimitive, shape as AvroPrimitive),
  )
}

/** A field as a writer or a reader has it. */
interface NamedField {
  readonly name: string
  readonly aliases?: readonly string[] | undefined
}

/**
 * The reader's field that takes each of the writer's, by the writer's names: index, undefined where it is passed over. `taken`
 * names the reader's field that two of the writer's would fill: such a record cannot be read.
 *
 * The writer's fields are renamed as the reader's aliases say, and then matched by their names (Avro 1.11, "Aliases"; source:
 * `Schema.applyAliases` of Avro's Java implementation).
 */
export function fieldPlaces(
  writer: readonly NamedField[],
  reader: readonly NamedField[],
): { readonly places: ReadonlyMap<string, number>; readonly taken?: string } {
  const byName = new Map(reader.map(({ name }, index) => [name, index]))
  const byAlias = new Map(reader.flatMap(({ aliases }, index) => (aliases ?? []).map(alias => [alias, index] as const)))
  const places = new Map<string, number>()
  const filled = new Set<number>()
  let taken: string | undefined
  for (const { name } of writer) {
    const place = byAlias.get(name) ?? byName.get(name)
    if (place === undefined) continue
    if (filled.has(place)) taken = reader[place]?.name
    filled.add(place)
    places.set(name, place)
  }
  return taken === undefined ? { places } : { places, taken }
}

/** Shape: `lastName('millrace.trading.TradingSignal') === 'TradingSignal'`. */
export function lastName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}
