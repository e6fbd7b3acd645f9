import { Command } from 'commander'
import { type JsonFlag, jsonOption, onServers, printJson, readTopics } from '../commands.ts'
import { auditDecisions, type DecisionAudit, decisionTopics, disagreementLine } from './decisions/verify-decisions.ts'

/**
 * `decisions verify`: rebuilds every decision from the topics, along its witness, and names those that differ. Exit code 1:
 * one differs.
 */
export function decisionsCommand(): Command {
  const command = new Command('decisions').description('verify the decisions of the trading pipeline')
  command
    .command('verify')
    .description('decide everything again from trades.approved, trades.rejected and orders.fills')
    .addOption(jsonOption())
    .action(verify)
  return command
}

async function verify({ json }: JsonFlag): Promise<void> {
  await onServers('decisions verify', ['kafka', 'registry'], async parts => {
    const audit = auditDecisions(await readTopics(decisionTopics, parts))
    if (json) printJson(audit)
    else print(audit)
    if (audit.disagreements.length > 0) process.exitCode = 1
  })
}

function print({ approved, rejected, reports, disagreements }: DecisionAudit): void {
  for (const disagreement of disagreements) console.log(disagreementLine(disagreement))
  const read = `${approved} approved, ${rejected} rejected, ${reports} reports read`
  console.log(
    `${read}: ${disagreements.length === 0 ? 'the oracle decides the same' : `${disagreements.length} differ`}`,
  )
}
