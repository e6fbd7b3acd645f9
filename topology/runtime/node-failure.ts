import type { FailurePolicy, NodeDefinition } from '../definition/definition.ts'
import { messageOf, ProcessorError } from '../definition/errors.ts'

/** The failure of a node: the node, its policy, and the error thrown (`cause`). */
export class NodeFailure extends ProcessorError {
  readonly node: string
  readonly policy: FailurePolicy | undefined

  constructor(node: string, policy: FailurePolicy | undefined, cause: unknown) {
    super('PROCESS_FAILED', `'${node}' failed: ${messageOf(cause)}`, { context: { node }, cause })
    this.node = node
    this.policy = policy
  }
}

/** The failure policy of a node; a source has none. */
export function policyOf(definition: NodeDefinition | undefined): FailurePolicy | undefined {
  return definition && 'failure' in definition ? definition.failure : undefined
}
