let registered = import.meta.url.endsWith('.ts')

/**
 * Lets this thread import TypeScript modules, such as a user's topology. From source nothing is needed: tsx is loaded already, as
 * this file itself is TypeScript.
 */
export async function registerTypeScript(): Promise<void> {
  if (registered) return
  registered = true
  const { register } = await import('tsx/esm/api')
  register()
}
