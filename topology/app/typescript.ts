import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

let registered = import.meta.url.endsWith('.ts')

/**
 * Lets this thread load TypeScript modules, such as a user's topology, by `import` and by `require`: in a package without
 * `"type": "module"` a `.ts` file is CommonJS. From source nothing is needed: tsx is loaded already, as this file itself is
 * TypeScript.
 */
export async function registerTypeScript(): Promise<void> {
  if (registered) return
  registered = true
  const [cjs, esm] = await Promise.all([import('tsx/cjs/api'), import('tsx/esm/api')])
  const { extensions } = createRequire(import.meta.url)
  const native = extensions['.js']
  cjs.register()
  const ofTsx = extensions['.js']
  // tsx would compile packages that are ES modules to CommonJS when they are required: a CommonJS topology would then have a
  // second copy of millrace, whose errors and serdes are not those of the worker. Node requires ES modules by itself.
  extensions['.js'] = (module, file) => (isOfPackage(file) ? native : ofTsx)?.(module, file)
  esm.register()
}

const ownFolder = fileURLToPath(new URL('../../', import.meta.url))

function isOfPackage(file: string): boolean {
  return /[\\/]node_modules[\\/]/.test(file) || file.startsWith(ownFolder)
}
