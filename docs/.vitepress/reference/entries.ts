/** An entry of the package: the name by which it is imported, its page of the site, and the file that lists its names. */
export interface PackageEntry {
  readonly name: string
  readonly page: string
  readonly file: string
}

/** The entries of the package that have names to import, in the order of the sidebar. */
export const packageEntries: readonly PackageEntry[] = [
  { name: 'millrace', page: 'millrace', file: 'topology/index.ts' },
  { name: 'millrace/testing', page: 'testing', file: 'topology/testing.ts' },
  { name: 'millrace/gateway', page: 'gateway', file: 'gateway/index.ts' },
  { name: 'millrace/commands', page: 'commands', file: 'ops/commands.ts' },
]
