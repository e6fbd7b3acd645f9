import type { Observation } from './observe.ts'

/** Traces as the module TraceData, which Traces.tla extends. */
export function traceData(traces: readonly (readonly Observation[])[]): string {
  const text = traces.map(trace => tuple(trace.map(observationText))).join(',\n')
  return `---- MODULE TraceData ----\nObservations == <<\n${text}\n>>\n====\n`
}

function observationText({ log, epoch, applied, value }: Observation): string {
  const entries = log.map(entry => record({ open: truth(entry.open), kept: truth(entry.kept), value: entry.value }))
  return record({ log: tuple(entries), epoch, applied, value })
}

function record(fields: Readonly<Record<string, string | number>>): string {
  return `[${Object.entries(fields)
    .map(([name, value]) => `${name} |-> ${value}`)
    .join(', ')}]`
}

const tuple = (items: readonly string[]) => `<<${items.join(', ')}>>`
const truth = (value: boolean) => (value ? 'TRUE' : 'FALSE')
