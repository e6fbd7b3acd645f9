/** The outcome of a read; `not ready` names the stores that are being rebuilt or were never opened. */
export type Reading<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'not ready'; readonly stores: readonly string[] }
