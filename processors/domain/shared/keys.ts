/*
 * The key builders, in one place. Parts are URI-component-encoded, so that no two lists of parts give one key:
 * ':' and '|' inside an id become %3A and %7C.
 */

/** Shape: `instrumentKey('XNAS', 'MSFT') === 'XNAS:MSFT'`. Errors: URIError for text with a lone surrogate. */
export function instrumentKey(exchange: string, instrumentId: string): string {
  return `${encoded(exchange)}:${encoded(instrumentId)}`
}

/** Shape: `portfolioKey('alpha') === 'alpha'`. */
export function portfolioKey(portfolioId: string): string {
  return encoded(portfolioId)
}

/** The portfolio of such a key. */
export function portfolioOfKey(key: string): string {
  return decodeURIComponent(key)
}

/** The parts of an instrument key. */
export function instrumentOfKey(key: string): { exchange: string; instrumentId: string } {
  const [exchange = '', instrumentId = ''] = key.split(':')
  return { exchange: decodeURIComponent(exchange), instrumentId: decodeURIComponent(instrumentId) }
}

/** A list of texts as one, injectively. Shape: `identityOf('a|b', 'c') === 'a%7Cb|c'`. */
export function identityOf(...parts: readonly string[]): string {
  return parts.map(encoded).join('|')
}

const plain = /^[\w.-]*$/

function encoded(part: string): string {
  return plain.test(part) ? part : encodeURIComponent(part)
}
