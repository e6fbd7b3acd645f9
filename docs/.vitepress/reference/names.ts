import {
  isBlock,
  isClassDeclaration,
  isExpressionWithTypeArguments,
  isIdentifier,
  isInterfaceDeclaration,
  isPrivateIdentifier,
  isShorthandPropertyAssignment,
  isTypeAliasDeclaration,
  isTypeReferenceNode,
  type Node,
} from 'typescript/unstable/ast'
import { type Checker, SymbolFlags } from 'typescript/unstable/sync'

/** The declarations of a name, wherever it was imported from. */
export function declarationsOf(name: Node, checker: Checker): readonly Node[] {
  if (!isIdentifier(name)) return []
  const isShorthand = isShorthandPropertyAssignment(name.parent)
  const symbol = isShorthand
    ? checker.getShorthandAssignmentValueSymbol(name.parent)
    : checker.getSymbolAtLocation(name)
  if (symbol === undefined) return []
  const declared = symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  return declared.declarations.map(handle => handle.resolve()).filter(node => node !== undefined)
}

/** The types of this repository that the public part of a declaration mentions, by their names. */
export function typesIn(declaration: Node, checker: Checker): ReadonlyMap<string, readonly Node[]> {
  const found = new Map<string, readonly Node[]>()
  function look(node: Node): void {
    const { name, initializer } = node as { readonly name?: Node; readonly initializer?: Node }
    if (isBlock(node) || (name !== undefined && isPrivateIdentifier(name))) return
    const named = isTypeReferenceNode(node)
      ? node.typeName
      : isExpressionWithTypeArguments(node)
        ? node.expression
        : undefined
    if (named !== undefined && isIdentifier(named) && !found.has(named.text)) {
      const nodes = declarationsOf(named, checker)
      if (nodes.length > 0 && nodes.every(isOwnType)) found.set(named.text, nodes)
    }
    node.forEachChild(child => {
      if (child !== initializer) look(child)
    })
  }
  look(declaration)
  return found
}

function isOwnType(node: Node): boolean {
  const isType = isInterfaceDeclaration(node) || isTypeAliasDeclaration(node) || isClassDeclaration(node)
  return isType && !node.getSourceFile().fileName.includes('/node_modules/')
}
