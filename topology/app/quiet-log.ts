import type { Clock } from '../definition/clock.ts'
import type { Log, LogFields } from '../runtime/log.ts'

/** Lines of one kind that are said in a minute, before they are counted only. */
const linesOfAKind = 5
/** Units: ms. */
const quietMs = 60_000

type Level = 'info' | 'warn' | 'error'

/** The lines of one kind since `since`. */
interface Kind {
  readonly since: number
  said: number
  repeats: number
  last: () => void
}

/**
 * A log that does not repeat itself: of each kind of line five a minute are said. The others are counted, and the last of them is said at
 * the end of the minute with `repeats`, the number of lines for which it stands. Lines of one kind have a level, a code, a processor and a topic in common;
 * those without a processor a task, and the text but for its numbers. Debug lines, and the last one of a process, are always said.
 */
export function quietLog(log: Log, clock: Pick<Clock, 'now' | 'after'>): Log & { flush(): void } {
  const kinds = new Map<string, Kind>()
  const close = (name: string) => {
    const kind = kinds.get(name)
    kinds.delete(name)
    if (kind !== undefined && kind.repeats > 0) kind.last()
  }
  const flush = () => {
    for (const name of [...kinds.keys()]) close(name)
  }
  const say = (level: Level) => (fields: LogFields, message: string) => {
    if (fields.exitCode !== undefined) {
      flush()
      return log[level](fields, message)
    }
    const now = clock.now()
    for (const [name, { since }] of kinds) if (now - since >= quietMs) close(name)
    const name = kindOf(level, fields, message)
    const kind = kinds.get(name) ?? { since: now, said: 0, repeats: 0, last: () => {} }
    kinds.set(name, kind)
    if (kind.said < linesOfAKind) {
      kind.said++
      return log[level](fields, message)
    }
    if (kind.repeats++ === 0) clock.after(kind.since + quietMs - now, () => kinds.get(name) === kind && close(name))
    kind.last = () => log[level]({ ...fields, repeats: kind.repeats }, message)
  }
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    flush,
  }
}

function kindOf(level: Level, { code, processor, topic, task }: LogFields, message: string): string {
  const where =
    code !== undefined && processor !== undefined ? [processor, topic] : [task, message.replace(/\d+/g, '#')]
  return JSON.stringify([level, code, ...where])
}
