/**
 * The candidate that a mistyped name most likely meant; undefined when none is near.
 * Near is an edit distance of at most a third of the name's length, and at least 1.
 */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** The question that follows a mistake. Shape: `"; did you mean 'signals.checked'?"`, or an empty string. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const candidate = closest(name, candidates)
  return candidate === undefined ? '' : `; did you mean '${candidate}'?`
}

/** Levenshtein distance: inserted, deleted and replaced characters. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min(replaced, previous[j]! + 1, current[j - 1]! + 1))
    }
    previous = current
  }
  return previous[b.length]!
}
