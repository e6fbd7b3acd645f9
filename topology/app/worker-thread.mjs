// Entry of a worker thread. From source it registers tsx first: a thread does not inherit the main thread's loader.
import { existsSync } from 'node:fs'

if (existsSync(new URL('./worker-thread.ts', import.meta.url))) {
  const { register } = await import('tsx/esm/api')
  register()
  const { workerThread } = await import('./worker-thread.ts')
  await workerThread()
} else {
  const { workerThread } = await import('./worker-thread.js')
  await workerThread()
}
