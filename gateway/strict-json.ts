/*
 * JSON of requests, read so that it means one thing only. RFC 8259 leaves open what a reader does with a field that is there twice,
 * with digits that its numbers cannot hold, with half a surrogate pair and with bytes that are no UTF-8 (sections 4, 6, 8.1 and 8.2):
 * two readers of such a text may see two different orders. Here all of that is refused.
 */

/** The problem of a text that is no JSON, or that readers may take for different things. Shape of the message: `names the field 'side' twice`. */
export class StrictJsonError extends Error {}

/** The value of a body. Errors: StrictJsonError. */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = decoded(bytes)
  const value = parsed(text)
  refuseAmbiguous(text)
  return value
}

/** A byte order mark is kept, and is no JSON then. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decoded(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new StrictJsonError('is not UTF-8')
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new StrictJsonError('is not JSON')
  }
}

/** A string (with the colon after a name), the beginning or end of an object, or a number. */
const token = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}]|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

function refuseAmbiguous(text: string): void {
  /** The names of the objects that are open, the innermost last. */
  const open: Set<string>[] = []
  for (const [found, string, colon] of text.matchAll(token)) {
    if (found === '{') open.push(new Set())
    else if (found === '}') open.pop()
    else if (string === undefined) refuseInexact(found)
    else refuseString(JSON.parse(string) as string, colon === undefined ? undefined : open.at(-1))
  }
}

function refuseString(text: string, names: Set<string> | undefined): void {
  if (!text.isWellFormed()) throw new StrictJsonError('holds half a surrogate pair, which is no character')
  if (names?.has(text)) throw new StrictJsonError(`names the field '${text.slice(0, 100)}' twice`)
  names?.add(text)
}

function refuseInexact(number: string): void {
  if (digitsOf(number) === digitsOf(String(Number(number)))) return
  throw new StrictJsonError(
    `holds the number ${number.slice(0, 50)}, which most readers would round: send it as a string`,
  )
}

/** The digits of a number and their place, equal for equal numbers. Shape: `digitsOf('10.50') === '105e-1'`. */
function digitsOf(number: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? []
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const short = digits.replace(/0+$/, '')
  if (short === '') return '0'
  return `${sign}${short}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - short.length)}`
}
