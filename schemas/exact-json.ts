/*
 * JSON whose integers keep all their digits: those beyond 2^53 are bigints here. JSON.parse and JSON.stringify do the work; on
 * the way a bigint is a string that begins with a NUL and `n`, and a string that begins with a NUL has `\0s` before it.
 */

/** The value of a JSON text. Integers beyond 2^53 are bigints. Errors: SyntaxError for text that is not JSON. */
export function parseExactJson(text: string): unknown {
  return readJson(text, token => `"\\u0000n${token}"`)
}

/** The value of a JSON text. Errors: SyntaxError for text that is not JSON, Error for an integer beyond 2^53. */
export function parseSafeJson(text: string): unknown {
  return readJson(text, () => {
    throw new Error('holds an integer beyond 2^53, which a number would round')
  })
}

/** JSON text with bigints as integers. Undefined: the value is no JSON. */
export function exactJsonText(value: unknown): string | undefined {
  const text = JSON.stringify(value, hideBigints)
  return text?.replace(hidden, (_, digits: string | undefined) => digits ?? '"')
}

function readJson(text: string, unsafe: (token: string) => string): unknown {
  const plain: unknown = JSON.parse(text)
  if (!suspicious.test(text)) return plain
  const marked = text.replace(token, (found: string, string: string | undefined, colon: string | undefined) => {
    if (string !== undefined) return colon === undefined ? found.replace(/^"\\u0000/, '"\\u0000s\\u0000') : found
    if (/^-?\d+$/.test(found)) return Number.isSafeInteger(Number(found)) ? found : unsafe(found)
    if (Number.isFinite(Number(found))) return found
    throw new Error('holds a number that is greater than any double')
  })
  return JSON.parse(marked, showBigints)
}

/** An integer of 16 digits or more, or an exponent of three; strings may look so, too. */
const suspicious = /(?<![\d.])\d{16}\d*(?![\d.eE])|\d[eE]\+?\d{3}|\d{309}/

/** A string (with the colon after a key), or a number. */
const token = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

function showBigints(_key: string, value: unknown): unknown {
  if (typeof value !== 'string' || value.charCodeAt(0) !== 0) return value
  return value[1] === 'n' ? BigInt(value.slice(2)) : value.slice(2)
}

function hideBigints(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `\0n${value}`
  return typeof value === 'string' && value.charCodeAt(0) === 0 ? `\0s${value}` : value
}

/** A string that `hideBigints` gave: not a key, and not the end of another string. */
const hidden = /(?<=^|[[:,])"\\u0000(?:n(-?\d+)"|s)(?!\s*:)/g
