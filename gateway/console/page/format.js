const whole = new Intl.NumberFormat('en-US')
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })

/** Shape: `'1,204'`, `'1.2M'`. */
export function number(value) {
  return value < 100_000 ? whole.format(value) : compact.format(value)
}

/** A rate in records a second. Shape: `'12'`, `'0.4'`, `'–'` where it is not known yet. */
export function rate(value) {
  if (value === null || value === undefined) return '–'
  if (value === 0) return '0'
  return value < 10 ? String(Math.max(0.1, Math.round(value * 10) / 10)) : number(Math.round(value))
}

/** The time since, in words. Units: ms. Shape: `'3 s ago'`. */
export function ago(ms) {
  if (ms < 1_500) return 'now'
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s ago`
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min ago`
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h ago` : `${Math.round(ms / 86_400_000)} d ago`
}

/** A number with its noun. Shape: `'1 task'`, `'4 tasks'`. */
export function counted(count, noun) {
  return `${number(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** Shape: `'14:03:27.120'` for today, else `'2026-03-01 14:03:27'`, in the time of the viewer. */
export function time(ms) {
  const at = new Date(ms)
  const two = value => String(value).padStart(2, '0')
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
  if (at.toDateString() === new Date().toDateString())
    return `${clock}.${String(at.getMilliseconds()).padStart(3, '0')}`
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock}`
}

/** A name that fits into so many characters: its middle is left out. */
export function fitted(name, characters) {
  if (name.length <= characters) return name
  const end = Math.floor((characters - 1) / 2)
  return `${name.slice(0, characters - 1 - end)}…${name.slice(-end)}`
}

/** JSON with line breaks and indents; a text that is no JSON stays as it is. Digits of large numbers are kept. */
export function pretty(text) {
  if (/\d{16}/.test(text)) return text
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
