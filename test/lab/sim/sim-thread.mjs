// Entry of a simulation thread of the lab. It registers tsx first: a thread does not inherit the main thread's loader.
import { register } from 'tsx/esm/api'

register()
const { simThread } = await import('../../../ops/sim/thread.ts')
const { openSource } = await import('./source.ts')
await simThread(openSource)
