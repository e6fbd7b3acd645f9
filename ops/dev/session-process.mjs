// Entry of the process of a `dev` session. From source it registers tsx first, where the parent has not.
import { existsSync } from 'node:fs'

if (existsSync(new URL('./session-process.ts', import.meta.url))) {
  const { register } = await import('tsx/esm/api')
  register()
  const { sessionProcess } = await import('./session-process.ts')
  sessionProcess()
} else {
  const { sessionProcess } = await import('./session-process.js')
  sessionProcess()
}
