/** Names of pino's levels, and their colours in a terminal (ANSI). */
const levels: Readonly<Record<number, readonly [name: string, colour: number]>> = {
  20: ['debug', 90],
  30: ['info', 32],
  40: ['warn', 33],
  50: ['error', 31],
}

/** Fields that a line of a terminal says in words, or not at all. */
const said = new Set(['level', 'time', 'pid', 'service', 'msg', 'stack'])

/** A line of the log as a person reads it in a terminal. Shape: `12:00:01.500 warn  worker  add_0 waits: ...  task=add_0 code=STORE_UNAVAILABLE`. */
export function prettyLine(json: string): string {
  const line = JSON.parse(json) as Record<string, unknown>
  const [name, colour] = levels[line.level as number] ?? [String(line.level), 0]
  const time = new Date(line.time as number).toISOString().slice(11, 23)
  const fields = Object.entries(line).filter(([field, value]) => !said.has(field) && value !== null)
  const rest = fields.map(([field, value]) => `${field}=${value}`).join(' ')
  const stack = line.stack === undefined ? '' : `\n${line.stack}`
  return `${time} \u001b[${colour}m${name.padEnd(5)}\u001b[0m ${line.service}  ${line.msg}  \u001b[90m${rest}\u001b[0m${stack}\n`
}
