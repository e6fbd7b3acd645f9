let registered = import.meta.url.endsWith('.ts')

/**
 * Lets this thread import TypeScript modules, such as a user's topology. Run from source it already can: tsx is why this
 * file runs at all.
 */
export async function registerTypeScript(): Promise<void> {
  if (registered) return
  registered = true
  const { register } = await import('tsx/esm/api')
  register()
}
