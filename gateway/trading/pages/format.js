// Text for people. The API's decimals are exact strings; what is shown is cut, never added up.

/** Shape: `money('-1774.08733') === '−1,774.08'`. */
export function money(decimal) {
  if (decimal === null) return '–'
  const [whole, fraction = ''] = decimal.replace('-', '').split('.')
  const sign = decimal.startsWith('-') ? '−' : ''
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${fraction.padEnd(2, '0').slice(0, 2)}`
}

/** Axis labels. Shape: `short(12500) === '12.5k'`. */
export function short(value) {
  const size = Math.abs(value)
  const [divisor, unit] = size >= 1e6 ? [1e6, 'M'] : size >= 1e3 ? [1e3, 'k'] : [1, '']
  const text = (size / divisor).toLocaleString('en', { maximumFractionDigits: 2 })
  return `${value < 0 ? '−' : ''}${text}${unit}`
}

/** Shape: `percent('0.106162') === '10.6 %'`. */
export function percent(ratio) {
  return ratio === null ? '–' : `${(Number(ratio) * 100).toFixed(1)} %`
}

/** Shape: `'2010-03-01 14:30'`, in UTC. */
export function moment(iso) {
  return iso === null ? '–' : iso.slice(0, 16).replace('T', ' ')
}

/** `good` or `bad` by the sign. */
export function tone(decimal) {
  if (decimal === null || Number(decimal) === 0) return ''
  return decimal.startsWith('-') ? 'bad' : 'good'
}
