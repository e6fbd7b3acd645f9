import { Command } from 'commander'
import { surveyKafka } from '../topology/app/connections.ts'
import { graphOnCluster } from '../topology/app/graph-on-cluster.ts'
import { loadTopology } from '../topology/app/topology-file.ts'
import type { KafkaSurvey, OpenTransaction } from '../topology/broker/kafkajs/survey.ts'
import { TopologyError } from '../topology/definition/errors.ts'
import { buildGraph } from '../topology/definition/graph.ts'
import { systemClock } from '../topology/runtime/system-clock.ts'
import { type JsonFlag, jsonOption, printJson } from './command-line/json-output.ts'
import { topologyHelp } from './command-line/options.ts'
import { onServers } from './command-line/servers.ts'
import { bareTable } from './command-line/table.ts'
import { openTransactions } from './doctor/transaction-checks.ts'
import { topicNames } from './topics/topic-differences.ts'

interface TransactionsFlags extends JsonFlag {
  readonly topology?: string
}

/**
 * `transactions list|abort`: the transactions in a topology's topics behind which read_committed readers wait. `abort` ends one: it only says
 * what it would do without `--yes`. See runbooks/worker-stopped.md.
 */
export function transactionsCommand(): Command {
  const command = new Command('transactions')
  command
    .command('list')
    .description("say which transactions are open in the topology's topics, since when, and who holds them")
    .option('--topology <file>', topologyHelp)
    .addOption(jsonOption())
    .action(list)
  command
    .command('abort')
    .description('end one; a running worker whose transaction it is opens its task again')
    .argument('<place>', 'where it begins, as list prints it: <topic>/<partition>/<offset>')
    .option('--topology <file>', topologyHelp)
    .option('--yes', 'do it; without this it only says what it would do', false)
    .addOption(jsonOption())
    .action(abort)
  return command
}

async function list({ topology, json }: TransactionsFlags): Promise<void> {
  await onOpen(topology, async open => {
    if (json) printJson({ transactions: open.map(transactionJson) })
    else if (open.length === 0) console.log('no transaction is open')
    else
      console.log(
        bareTable(
          ['PLACE', 'PRODUCER', 'TRANSACTION', 'AGE'],
          open.map(one => [placeOf(one), String(one.producerId), one.transactionalId ?? 'nobody knows it', ageOf(one)]),
        ),
      )
  })
}

async function abort(place: string, { topology, yes, json }: TransactionsFlags & { readonly yes: boolean }) {
  await onOpen(topology, async (open, survey) => {
    const found = open.find(one => placeOf(one) === place)
    if (found === undefined)
      throw new TopologyError(
        'CONFIG_INVALID',
        `no transaction is open from ${place}: see 'millrace transactions list' for those that are`,
      )
    if (yes) await survey.abort(found)
    if (json) return printJson({ applied: yes, transaction: transactionJson(found) })
    const who = found.transactionalId === undefined ? `of producer ${found.producerId}` : `'${found.transactionalId}'`
    console.log(`${yes ? 'aborted' : 'would abort'} the transaction ${who}, open from ${place}`)
    if (!yes) console.log('nothing was done: add --yes')
  })
}

async function onOpen(
  file: string | undefined,
  work: (open: readonly OpenTransaction[], survey: KafkaSurvey) => Promise<unknown>,
): Promise<void> {
  const definition = await loadTopology(file)
  buildGraph(definition)
  await onServers('transactions', ['kafka'], async ({ broker }, { kafka }) => {
    const survey = await surveyKafka(kafka, 'millrace-transactions', systemClock)
    try {
      const topics = await broker.admin.describeTopics(topicNames(await graphOnCluster(definition, broker.admin)))
      const partitions = topics.flatMap(({ name, partitions }) =>
        Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
      )
      await work(await openTransactions(survey, broker, partitions), survey)
    } finally {
      await survey.close()
    }
  })
}

function placeOf({ topic, partition, from }: OpenTransaction): string {
  return `${topic}/${partition}/${from}`
}

function ageOf({ ageMs }: OpenTransaction): string {
  return ageMs === undefined ? 'not known' : `${Math.round(ageMs / 1_000)} s`
}

function transactionJson(one: OpenTransaction) {
  const { producerId, transactionalId = null, ageMs = null } = one
  return { place: placeOf(one), producerId, transactionalId, ageMs }
}
