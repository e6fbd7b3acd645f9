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

/** Optimal string alignment distance: inserted, deleted and replaced characters, and neighbours that changed places. */
export function editDistance(a: string, b: string): number {
  let beforeLast: readonly number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const steps = Math.min(replaced, last[j]! + 1, current[j - 1]! + 1)
      current.push(swapped ? Math.min(steps, beforeLast[j - 2]! + 1) : steps)
    }
    beforeLast = last
    last = current
  }
  return last[b.length]!
}
