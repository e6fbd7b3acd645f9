import { follow } from './api.js'

const historyLength = 90

/** The state of everything as it comes, and the sums of the last readings for the small curves. */
export const live = {
  topology: undefined,
  pulse: undefined,
  history: { rate: [], lag: [] },
}

const listeners = new Set()

/** Calls back with each pulse, at once with the last one, until the signal aborts. */
export function onPulse(signal, listener) {
  listeners.add(listener)
  signal.addEventListener('abort', () => listeners.delete(listener))
  if (live.pulse) listener(live.pulse)
}

/** Follows the pulses. `onState` and `onDenied`: as those of `follow`. */
export function startLive(options) {
  return follow('live', {
    ...options,
    onLine(pulse) {
      live.pulse = pulse
      const flows = Object.values(pulse.flows)
      note(
        live.history.rate,
        flows.every(({ rate }) => rate === null) ? null : sumOf(flows.map(({ rate }) => rate ?? 0)),
      )
      note(live.history.lag, sumOf(flows.map(({ lag }) => lag)))
      for (const listener of listeners) listener(pulse)
    },
  })
}

function note(history, value) {
  if (value === null) return
  history.push(value)
  if (history.length > historyLength) history.shift()
}

/** The sum of numbers. */
export function sumOf(numbers) {
  return numbers.reduce((sum, each) => sum + each, 0)
}
