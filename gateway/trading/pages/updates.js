import { authorized } from './calls.js'

// A stream of server-sent events that is opened again by itself, whatever ended it: also after an answer of 503, where
// EventSource would give up, and after a connection that has gone silent, which EventSource does not notice.

/** Units: ms. The gateway sends a heartbeat every 15 s. */
const silentMs = 40_000
const firstWaitMs = 500
const longestWaitMs = 15_000

/**
 * Follows the stream while the tab is shown. `onState` is told `'live'` each time that it opens, and `'lost'` with the time of
 * the next attempt; `onEvent` each event. What happened between two streams is not told: draw anew at each `'live'`.
 */
export async function followUpdates(path, { onState, onEvent }) {
  let waitMs = firstWaitMs
  for (;;) {
    await shown()
    const opened = await readStream(path, onState, onEvent).catch(() => false)
    if (document.hidden) continue
    waitMs = opened ? firstWaitMs : Math.min(longestWaitMs, waitMs * 2)
    // Clients of a gateway that starts again do not all come at one moment.
    const pause = waitMs * (0.5 + Math.random() / 2)
    onState('lost', Date.now() + pause)
    await wait(pause)
  }
}

/** True after a stream that had opened, when it ends. */
async function readStream(path, onState, onEvent) {
  const ended = new AbortController()
  const hidden = () => document.hidden && ended.abort()
  document.addEventListener('visibilitychange', hidden)
  let silence
  const heard = () => {
    clearTimeout(silence)
    silence = setTimeout(() => ended.abort(), silentMs)
  }
  try {
    heard()
    const headers = authorized({ Accept: 'text/event-stream' })
    const response = await fetch(path, { headers, cache: 'no-store', signal: ended.signal })
    if (!response.ok) return false
    onState('live')
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    for (let rest = ''; ; ) {
      const { value, done } = await reader.read().catch(() => ({ done: true }))
      if (done) return true
      heard()
      const blocks = (rest + value).split('\n\n')
      rest = blocks.pop()
      for (const block of blocks) if (/^data:/m.test(block)) onEvent(block)
    }
  } finally {
    clearTimeout(silence)
    document.removeEventListener('visibilitychange', hidden)
  }
}

/** Waits until the tab is looked at: a hidden one holds no connection. */
async function shown() {
  while (document.hidden)
    await new Promise(resolve => document.addEventListener('visibilitychange', resolve, { once: true }))
}

/** Shorter where the network comes back meanwhile. */
function wait(ms) {
  return new Promise(resolve => {
    setTimeout(resolve, ms)
    addEventListener('online', resolve, { once: true })
  })
}
