import type { KafkaSurvey, OpenTransaction } from '../../topology/broker/kafkajs/survey.ts'
import type { Broker, TopicPartition } from '../../topology/broker/port.ts'
import { type Finding, wrong } from './finding.ts'

/**
 * Transactions that are open for longer than they may: read_committed readers wait behind them. `limitMs` is the transaction timeout
 * of the application.
 */
export async function checkTransactions(
  survey: KafkaSurvey,
  broker: Broker,
  partitions: readonly TopicPartition[],
  limitMs: number,
) {
  const open = await openTransactions(survey, broker, partitions)
  const findings = open.flatMap(transaction => judge(transaction, limitMs))
  return { said: `${partitions.length} partitions, ${open.length} open transactions`, findings }
}

/** Transactions that hold read_committed readers of the partitions back. */
export async function openTransactions(
  survey: KafkaSurvey,
  { admin }: Pick<Broker, 'admin'>,
  partitions: readonly TopicPartition[],
): Promise<readonly OpenTransaction[]> {
  const [stable, ends] = await Promise.all([
    admin.listOffsets(partitions, 'committed'),
    admin.listOffsets(partitions, 'latest'),
  ])
  return survey.openTransactions(partitions.filter((_, index) => stable[index]! < ends[index]!))
}

function judge({ topic, partition, from, producerId, transactionalId, ageMs }: OpenTransaction, limitMs: number) {
  const subject = `topic '${topic}' partition ${partition}`
  const findings: Finding[] = []
  if (transactionalId === undefined)
    findings.push(
      wrong(
        subject,
        `a transaction of producer ${producerId} is open from offset ${from}, and no coordinator knows it: readers wait for ever`,
        `abort it, as a user who may alter the cluster: 'millrace transactions abort ${topic}/${partition}/${from} --yes'`,
      ),
    )
  else if (ageMs !== undefined && ageMs > limitMs)
    findings.push(
      wrong(
        subject,
        `transaction '${transactionalId}' is open for ${Math.round(ageMs / 1_000)} s from offset ${from}, and readers wait behind it`,
        `end the process that holds it, or start its successor, which fences it; or 'millrace transactions abort ${topic}/${partition}/${from} --yes'; else the broker aborts it after its timeout`,
      ),
    )
  return findings
}
