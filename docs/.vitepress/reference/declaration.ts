import {
  isAsExpression,
  isClassDeclaration,
  isConstructorDeclaration,
  isFunctionDeclaration,
  isInterfaceDeclaration,
  isMethodDeclaration,
  isMethodSignatureDeclaration,
  isObjectLiteralExpression,
  isPrivateIdentifier,
  isPropertyAssignment,
  isShorthandPropertyAssignment,
  isTypeAliasDeclaration,
  isVariableDeclaration,
  type Node,
  type PropertyAssignment,
  type ShorthandPropertyAssignment,
  type VariableDeclaration,
} from 'typescript/unstable/ast'
import type { Checker } from 'typescript/unstable/sync'
import { declarationsOf } from './names.ts'

/** A method or a field of a class or an interface. A method has a signature for each way to call it. */
export interface Member {
  readonly name: string
  readonly isMethod: boolean
  readonly signatures: readonly string[]
  readonly text: string
}

/** The declaration of a name as its page shows it. */
export interface Described {
  readonly kind: string
  /** Shape: `hopping(size: Duration, options: HoppingOptions): TimeWindows`, once for each way to call it. */
  readonly signatures: readonly string[]
  /** The docstring, which is Markdown. Empty: there is none. */
  readonly text: string
  readonly members: readonly Member[]
}

const kinds = [
  [isFunctionDeclaration, 'function'],
  [isVariableDeclaration, 'constant'],
  [isClassDeclaration, 'class'],
  [isInterfaceDeclaration, 'interface'],
  [isTypeAliasDeclaration, 'type'],
] as const

/** Describes a name by its declarations: several for a function with overloads. */
export function describe(name: string, nodes: readonly Node[], checker: Checker): Described {
  const [first] = nodes
  const kind = first && kinds.find(([is]) => is(first))?.[1]
  if (first === undefined || kind === undefined)
    throw new Error(`'${name}' is declared as nothing that a page can show`)
  if (isVariableDeclaration(first)) return constant(name, first, checker)
  const text = nodes.map(docstring).find(found => found !== '') ?? ''
  return { kind, signatures: callable(nodes).map(signature), text, members: members(first) }
}

/** A constant: a value of a type, or an object whose properties are looked at one by one, as `store` is. */
function constant(name: string, node: VariableDeclaration, checker: Checker): Described {
  const text = docstring(node.parent.parent)
  const parts = node.type === undefined ? properties(node.initializer, checker) : []
  if (parts.length > 0) return { kind: 'constant', signatures: [`const ${name}: { ... }`], text, members: parts }
  const type = checker.getTypeOfSymbol(checker.getSymbolAtLocation(node.name)!)!
  const shown = node.type?.getText() ?? checker.typeToString(type)
  // A type that nobody wrote down may be that of a whole library behind it.
  const isShort = shown.length <= 200
  return { kind: 'constant', signatures: [isShort ? `const ${name}: ${shown}` : `const ${name}`], text, members: [] }
}

/** The properties of `{ ... } as const`. A property that is a function of another name is shown as that function. */
function properties(value: Node | undefined, checker: Checker): readonly Member[] {
  return propertiesOf(value).map(property => {
    const name = property.name.getText()
    const nodes = declarationsOf(valueNode(property), checker)
    if (nodes.length === 0)
      return {
        name,
        isMethod: false,
        signatures: [`${name}: ${valueNode(property).getText()}`],
        text: docstring(property),
      }
    const { kind, signatures, text } = describe(name, nodes, checker)
    const renamed = signatures.map(shown => shown.replace(/^(function|const) \w+/, name))
    return { name, isMethod: kind === 'function', signatures: renamed, text }
  })
}

/** The declarations behind the properties of a constant object: the functions of `store`. */
export function declaredParts(node: Node, checker: Checker): readonly Node[] {
  if (!isVariableDeclaration(node)) return []
  return propertiesOf(node.initializer).flatMap(property => declarationsOf(valueNode(property), checker))
}

function propertiesOf(value: Node | undefined): readonly (PropertyAssignment | ShorthandPropertyAssignment)[] {
  if (value === undefined || !isAsExpression(value) || !isObjectLiteralExpression(value.expression)) return []
  return value.expression.properties.filter(
    property => isPropertyAssignment(property) || isShorthandPropertyAssignment(property),
  )
}

function valueNode(property: PropertyAssignment | ShorthandPropertyAssignment): Node {
  return isPropertyAssignment(property) ? property.initializer : property.name
}

/** The nodes of a function that can be called: its overloads, or the only one. The implementation of overloads is none of them. */
function callable<N extends Node>(nodes: readonly N[]): readonly N[] {
  const overloads = nodes.filter(node => bodyStart(node) === undefined)
  return overloads.length > 0 ? overloads : nodes
}

/** The public members in their order. */
function members(node: Node): readonly Member[] {
  if (!isClassDeclaration(node) && !isInterfaceDeclaration(node)) return []
  const byName = new Map<string, Node[]>()
  for (const member of node.members as readonly Node[]) {
    const { name } = member as { readonly name?: Node }
    if (name !== undefined && isPrivateIdentifier(name)) continue
    const shown = isConstructorDeclaration(member) ? 'constructor' : (name?.getText() ?? '')
    byName.set(shown, [...(byName.get(shown) ?? []), member])
  }
  return [...byName].map(([name, nodes]) => ({
    name,
    isMethod: nodes.every(member => isMethodDeclaration(member) || isMethodSignatureDeclaration(member)),
    signatures: callable(nodes).map(signature),
    text: nodes.map(docstring).find(found => found !== '') ?? '',
  }))
}

/** The source of a declaration without what only its author needs: modifiers, bodies, members, first values. */
function signature(node: Node): string {
  const source = node.getSourceFile().text
  const text = source.slice(node.getStart(), bodyStart(node) ?? node.end)
  return dedented(text.replace(/^((export|async|declare|abstract|override|static) )+/, '')).replace(/[;{\s]+$/, '')
}

/** The offset where the part of a declaration begins that its signature leaves out. */
function bodyStart(node: Node): number | undefined {
  const source = node.getSourceFile().text
  if (isClassDeclaration(node) || isInterfaceDeclaration(node)) return source.lastIndexOf('{', node.members.pos)
  const { body, initializer } = node as { readonly body?: Node; readonly initializer?: Node }
  if (body !== undefined) return body.getStart()
  return initializer && source.lastIndexOf('=', initializer.getStart())
}

/** Lines that begin as far to the left as the first one. */
function dedented(text: string): string {
  const [first = '', ...rest] = text.split('\n')
  const margin = Math.min(...rest.filter(line => line.trim() !== '').map(line => line.length - line.trimStart().length))
  return [first, ...rest.map(line => line.slice(Number.isFinite(margin) ? margin : 0))].join('\n')
}

/** The text of the docstring right before a declaration. */
function docstring(node: Node): string {
  const comment = node.jsDoc?.at(-1)?.getText() ?? ''
  // A comment that is none of a declaration may stand before it.
  return comment
    .slice(Math.max(0, comment.lastIndexOf('/**')))
    .replace(/^\/\*\*\s?/, '')
    .replace(/\s*\*\/$/, '')
    .replaceAll(/^\s*\* ?/gm, '')
    .trim()
}
