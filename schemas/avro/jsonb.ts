import type { SqlType } from '../../topology/definition/serde.ts'
import { jsonbType } from '../json.ts'
import type { Projection } from './projection.ts'

/** A jsonb column of values in their projection, which is JSON by construction. */
export function jsonbOf<T>({ toJson, fromJson }: Projection): SqlType<T> {
  return jsonbType<T>({ toPlain: toJson, fromPlain: json => fromJson(json) as T, textOf: JSON.stringify })
}
