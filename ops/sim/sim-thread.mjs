// Entry of a simulation thread. From source it registers tsx first: a thread does not inherit the main thread's loader.
import { existsSync } from 'node:fs'

if (existsSync(new URL('./thread.ts', import.meta.url))) {
  const { register } = await import('tsx/esm/api')
  register()
  const { simThread } = await import('./thread.ts')
  const { openTopology } = await import('./seed-source.ts')
  await simThread(openTopology)
} else {
  const { simThread } = await import('./thread.js')
  const { openTopology } = await import('./seed-source.js')
  await simThread(openTopology)
}
