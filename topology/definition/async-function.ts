const asyncConstructors: ReadonlySet<string> = new Set(['AsyncFunction', 'AsyncGeneratorFunction'])

/** Whether a function is declared async, so that it gives its result later. */
export function isAsync(candidate: unknown): boolean {
  return typeof candidate === 'function' && asyncConstructors.has(candidate.constructor.name)
}
