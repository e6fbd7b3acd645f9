import { type Alias, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import type { SourceLocation } from '../definition/definition.ts'
import type { Problem } from '../definition/problem.ts'
import { didYouMean } from '../definition/suggestion.ts'

/** A value in a YAML file, with its place. Absent and `null` values have no `node`. */
export interface YamlValue {
  readonly at: SourceLocation
  readonly node: Node | null
}

/** A key of a YAML mapping with its value. */
export interface YamlField {
  readonly key: string
  /** The place of the key. */
  readonly at: SourceLocation
  readonly value: YamlValue
}

/**
 * A parsed YAML file that is read by asking for the value expected at each place. A wrong value is recorded in `problems`, with its
 * line and column, and read as undefined: reading goes on, so that all problems come at once.
 */
export class YamlDocument {
  /** As messages show it. */
  readonly file: string
  readonly problems: Problem[] = []
  /** False when the text is no YAML: nothing else can be read from it. */
  readonly parsed: boolean
  readonly root: YamlValue
  readonly #lines = new LineCounter()
  readonly #document: ReturnType<typeof parseDocument>

  constructor(file: string, text: string) {
    this.file = file
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false })
    for (const error of this.#document.errors) this.#syntaxError(this.#place(error.pos[0]), syntaxMessage(error))
    this.parsed = this.#document.errors.every(error => error.code === 'DUPLICATE_KEY')
    this.root = this.#value(this.#document.contents, { file, line: 1, column: 1 })
  }

  report(at: SourceLocation, message: string): void {
    this.problems.push({ message, at })
  }

  /**
   * The fields of a mapping. `what` names it in messages: `'processor 'risk''`. Those that a merge key (`<<`) brings come behind its own,
   * which they do not replace. Source: https://yaml.org/type/merge.html
   */
  fields(value: YamlValue, what: string): readonly YamlField[] | undefined {
    if (!isMap(value.node)) return this.#wrong(value, what, 'a mapping')
    const written = value.node.items.map(pair => {
      const at = this.#place((pair.key as Node).range?.[0] ?? 0)
      const key = isScalar(pair.key) ? (pair.key.source ?? String(pair.key.value)) : String(pair.key)
      const field: YamlField = { key, at, value: this.#value(pair.value as Node | null, at) }
      return { field, merges: key === '<<' && isScalar(pair.key) && pair.key.type === 'PLAIN' }
    })
    const brought = written.flatMap(({ field, merges }) => (merges ? this.#merged(field.value, what) : []))
    const all = [...written.flatMap(({ field, merges }) => (merges ? [] : [field])), ...brought]
    return all.filter(({ key }, index) => all.findIndex(other => other.key === key) === index)
  }

  /** The fields of the mapping, or of the mappings in the list, that a merge key names. */
  #merged(value: YamlValue, what: string): readonly YamlField[] {
    const mappings = isSeq(value.node) ? (this.items(value, `'<<' of ${what}`) ?? []) : [value]
    return mappings.flatMap(each => this.fields(each, `'<<' of ${what}`) ?? [])
  }

  /**
   * The fields of a mapping with fixed keys, by key. An unknown key is a problem, and so is a missing required one. `notes`: keys that
   * begin with `x-` are passed over, as in Docker's compose files: a place for what anchors share.
   */
  record<K extends string>(
    value: YamlValue,
    what: string,
    keys: readonly K[],
    required: readonly K[] = [],
    { notes = false }: { readonly notes?: boolean } = {},
  ): Partial<Record<K, YamlField>> | undefined {
    const fields = this.fields(value, what)
    if (!fields) return undefined
    for (const key of required) {
      if (!fields.some(field => field.key === key)) this.report(value.at, `${what} has no '${key}': add it`)
    }
    const known = fields.filter(field => {
      if ((keys as readonly string[]).includes(field.key)) return true
      if (notes && field.key.startsWith('x-')) return false
      const remedy = didYouMean(field.key, keys) || `; it takes ${keys.join(', ')}`
      this.report(field.at, `${what} takes no '${field.key}'${remedy}`)
      return false
    })
    return Object.fromEntries(known.map(field => [field.key, field])) as Partial<Record<K, YamlField>>
  }

  items(value: YamlValue, what: string): readonly YamlValue[] | undefined {
    if (!isSeq(value.node)) return this.#wrong(value, what, 'a list')
    return value.node.items.map(item => this.#value(item as Node | null, value.at))
  }

  text(value: YamlValue, what: string): string | undefined {
    if (!isScalar(value.node) || value.node.value === null) return this.#wrong(value, what, 'text')
    return typeof value.node.value === 'string' ? value.node.value : (value.node.source ?? String(value.node.value))
  }

  /** A whole number of at least `least`. */
  wholeNumber(value: YamlValue, what: string, least: number): number | undefined {
    const number = isScalar(value.node) ? value.node.value : undefined
    if (Number.isSafeInteger(number) && (number as number) >= least) return number as number
    return this.#wrong(value, what, `a whole number from ${least}`)
  }

  isText(value: YamlValue): boolean {
    return isScalar(value.node) && value.node.value !== null
  }

  isList(value: YamlValue): boolean {
    return isSeq(value.node)
  }

  isMapping(value: YamlValue): boolean {
    return isMap(value.node)
  }

  /** Reports a syntax error unless its line has one already: further errors on a broken line are consequences of the first. */
  #syntaxError(at: SourceLocation, message: string): void {
    if (!this.problems.some(problem => problem.at?.line === at.line)) this.report(at, message)
  }

  #wrong(value: YamlValue, what: string, expected: string): undefined {
    this.report(value.at, `${what} is ${kindOf(value.node)}: write ${expected}`)
    return undefined
  }

  #value(node: Node | null, fallback: SourceLocation): YamlValue {
    if (!node) return { at: fallback, node: null }
    const at = node.range ? this.#place(node.range[0]) : fallback
    return { at, node: isAlias(node) ? ((node as Alias).resolve(this.#document) ?? null) : node }
  }

  #place(offset: number): SourceLocation {
    const { line, col } = this.#lines.linePos(offset)
    return { file: this.file, line, column: col }
  }
}

function kindOf(node: Node | null): string {
  if (isMap(node)) return 'a mapping'
  if (isSeq(node)) return 'a list'
  if (!isScalar(node) || node.value === null) return 'empty'
  return `'${node.source ?? node.value}'`
}

function syntaxMessage(error: { code: string; message: string }): string {
  if (error.code === 'DUPLICATE_KEY') return 'the key is written twice in one mapping: keep one'
  return `is not valid YAML: ${error.message.replace(/\s+/g, ' ')}`
}
