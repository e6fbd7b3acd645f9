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
  const [stable, ends] = await Promise.all([
    broker.admin.listOffsets(partitions, 'committed'),
    broker.admin.listOffsets(partitions, 'latest'),
  ])
  const held = partitions.filter((_, index) => stable[index]! < ends[index]!)
  const open = await survey.openTransactions(held)
  const findings = open.flatMap(transaction => judge(transaction, limitMs))
  return { said: `${partitions.length} partitions, ${open.length} open transactions`, findings }
}

function judge({ topic, partition, from, producerId, transactionalId, ageMs }: OpenTransaction, limitMs: number) {
  const subject = `topic '${topic}' partition ${partition}`
  const findings: Finding[] = []
  if (transactionalId === undefined)
    findings.push(
      wrong(
        subject,
        `a transaction of producer ${producerId} is open from offset ${from}, and no coordinator knows it: readers wait for ever`,
        `an administrator of Kafka aborts it (WriteTxnMarkers; 'kafka-transactions abort' for producer ${producerId})`,
      ),
    )
  else if (ageMs !== undefined && ageMs > limitMs)
    findings.push(
      wrong(
        subject,
        `transaction '${transactionalId}' is open for ${Math.round(ageMs / 1_000)} s from offset ${from}, and readers wait behind it`,
        'end the process that holds it, or start its successor, which fences it; else the broker aborts it after its timeout',
      ),
    )
  return findings
}
