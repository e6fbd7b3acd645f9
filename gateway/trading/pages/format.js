// Text for people. The API's decimals are exact strings; what is shown is cut, never added up.

/** Shape: `money('-1774.08733') === '−1,774.08'`. An amount below a hundredth keeps its first two digits. */
export function money(decimal) {
  if (decimal === null || decimal === undefined) return '–'
  const [whole, fraction = ''] = decimal.replace('-', '').split('.')
  const small = /^0+$/.test(whole) && /^00+[1-9]/.test(fraction)
  const digits = small ? /^0*[1-9]\d?/.exec(fraction)[0] : fraction.padEnd(2, '0').slice(0, 2)
  return `${sign(decimal)}${grouped(whole)}.${digits}`
}

/** A price or a quantity with all its digits. Shape: `exact('1234.5') === '1,234.5'`. */
export function exact(decimal) {
  if (decimal === null || decimal === undefined) return '–'
  const [whole, fraction] = decimal.replace('-', '').split('.')
  return `${sign(decimal)}${grouped(whole)}${fraction === undefined ? '' : `.${fraction}`}`
}

/** Axis labels. Shape: `short(12500) === '12.5k'`. */
export function short(value) {
  const size = Math.abs(value)
  const [divisor, unit] =
    size >= 1e15
      ? [1e15, 'P']
      : size >= 1e12
        ? [1e12, 'T']
        : size >= 1e9
          ? [1e9, 'G']
          : size >= 1e6
            ? [1e6, 'M']
            : size >= 1e3
              ? [1e3, 'k']
              : [1, '']
  const text = (size / divisor).toLocaleString('en', { maximumFractionDigits: 2 })
  return `${value < 0 ? '−' : ''}${text}${unit}`
}

/** Shape: `percent('0.106162') === '10.6 %'`. */
export function percent(ratio) {
  return ratio === null ? '–' : `${(Number(ratio) * 100).toFixed(1)} %`
}

/** Shape: `'2010-03-01 14:30:00'`, in UTC. */
export function moment(iso) {
  return iso === null || iso === undefined ? '–' : iso.slice(0, 19).replace('T', ' ')
}

/** A code in words. Shape: `words('TRADING_HALTED') === 'trading halted'`. */
export function words(code) {
  return code.toLowerCase().replaceAll('_', ' ')
}

/** `good` or `bad` by the sign. */
export function tone(decimal) {
  if (decimal === null || Number(decimal) === 0) return ''
  return decimal.startsWith('-') ? 'bad' : 'good'
}

function sign(decimal) {
  return decimal.startsWith('-') ? '−' : ''
}

function grouped(whole) {
  return whole.replace(/\B(?=(\d{3})+$)/g, ',')
}
