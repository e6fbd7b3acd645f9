// Entry of a simulation thread: tsx first, since a thread does not inherit the main thread's loader.
const { register } = await import('tsx/esm/api')
register()
const { simThread } = await import('../sim/thread.ts')
await simThread()
