import { createRequire } from 'node:module'

/*
 * Drizzle, loaded by the first typed table rather than by the library's entry: its hundred modules cost more than all else that
 * a topology needs, and most topologies have no such table. A declaration is synchronous, hence `require`. The copy that an
 * application imports is another one; drizzle itself tells its classes by name, so that columns of both may be in one table.
 */

const require = createRequire(import.meta.url)

/** The module `drizzle-orm`. */
export function drizzleOrm(): typeof import('drizzle-orm') {
  return require('drizzle-orm')
}

/** The module `drizzle-orm/pg-core`: tables and columns of Postgres. */
export function pgCore(): typeof import('drizzle-orm/pg-core') {
  return require('drizzle-orm/pg-core')
}
