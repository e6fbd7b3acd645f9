/** The fields of a package.json that matter here. */
export interface PackageFile {
  readonly name?: string
  readonly version?: string
  readonly type?: string
  readonly private?: boolean
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** The script that `npm init` writes where there is none. */
const placeholder = 'echo "Error: no test specified" && exit 1'

/**
 * The package.json of a project: what is there, and what it lacks. Nothing that is there changes, except npm's placeholder of
 * a test script. `own` is millrace's own package.json; `source` names its package where it is a file.
 */
export function mergePackage(
  present: PackageFile | undefined,
  { own, name, source }: { readonly own: PackageFile; readonly name: string; readonly source: string | undefined },
): PackageFile {
  const base: PackageFile = present ?? { name: packageName(name), version: '0.0.0', private: true, type: 'module' }
  const known = { ...base.devDependencies, ...base.dependencies }
  const lacking = (wanted: Readonly<Record<string, string | undefined>>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(wanted).flatMap(([key, value]) => (value === undefined || key in known ? [] : [[key, value]])),
    )
  const scripts = {
    dev: 'millrace dev',
    worker: 'millrace worker',
    types: 'millrace schemas types && tsc',
    test: 'node --import millrace/register --test test/*.test.ts',
  }
  const { test, ...others } = base.scripts ?? {}
  const dependencies = {
    ...base.dependencies,
    ...lacking({ millrace: source ?? `^${own.version}`, 'drizzle-orm': own.peerDependencies?.['drizzle-orm'] }),
  }
  const devDependencies = {
    ...base.devDependencies,
    ...lacking({ '@types/node': own.devDependencies?.['@types/node'], typescript: own.devDependencies?.typescript }),
  }
  return {
    ...base,
    scripts: { ...scripts, ...others, ...(test !== undefined && test !== placeholder && { test }) },
    ...(Object.keys(dependencies).length > 0 && { dependencies }),
    ...(Object.keys(devDependencies).length > 0 && { devDependencies }),
  }
}

/** A folder's name as a package may be called. Shape: `packageName('My App')` is `'my-app'`. */
function packageName(folder: string): string {
  return (
    folder
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[._-]+|-+$/g, '') || 'project'
  )
}
