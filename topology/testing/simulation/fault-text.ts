import type { BrokerTrigger, PlannedFault, StoreTrigger } from './fault-plan.ts'

/** One fault as a line of a trace. Shape: `crash after EndTxn #4 of process 1, down 1000 ms`. */
export function faultText(fault: PlannedFault): string {
  switch (fault.kind) {
    case 'crash':
      return `crash ${fault.when} ${triggerText(fault.at)}, down ${fault.downMs} ms`
    case 'freeze':
      return `freeze at ${triggerText(fault.at)} for ${fault.ms} ms`
    case 'request':
      return `${Object.values(fault.fault).join(' ')} on ${triggerText(fault.at)}`
    case 'store':
      return `store ${fault.fault} on ${triggerText(fault.at)}`
    case 'restart':
      return `restart of process ${fault.process} at ${fault.atMs} ms, down ${fault.downMs} ms`
    case 'join':
      return `one process more at ${fault.atMs} ms for ${fault.ms} ms`
    case 'away':
      return `${fault.part} away at ${fault.atMs} ms for ${fault.ms} ms`
    case 'late-markers':
      return `markers ${fault.byMs} ms late from ${fault.atMs} ms for ${fault.ms} ms`
    case 'slow':
      return `process ${fault.process} slow at ${fault.atMs} ms for ${fault.ms} ms`
    case 'replace':
      return `process ${fault.process} replaced at ${fault.atMs} ms, and frozen for ${fault.ms} ms`
    case 'clock-jump':
      return `clock of process ${fault.process} set by ${fault.byMs} ms at ${fault.atMs} ms`
    case 'store-lost':
      return `store lost at ${fault.atMs} ms`
    case 'store-restored':
      return `store restored at ${fault.atMs} ms as it was at ${fault.fromMs} ms`
    case 'compact':
      return `compaction from ${fault.atMs} ms`
  }
}

/** The kind under which a fault is counted. Shape: `'crash'`, `'away: store'`, `'request: drop-reply'`. */
export function faultKind(fault: PlannedFault): string {
  switch (fault.kind) {
    case 'away':
      return `away: ${fault.part}`
    case 'request':
      return `request: ${fault.fault.kind}`
    case 'store':
      return `store: ${fault.fault}`
    default:
      return fault.kind
  }
}

function triggerText(at: BrokerTrigger | StoreTrigger): string {
  return `${'api' in at ? at.api : at.operation} #${at.nth} of process ${at.process}`
}
