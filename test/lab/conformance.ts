import { Command, InvalidArgumentError } from 'commander'
import { openKafkajsChannel } from '../../topology/broker/kafkajs/internals.ts'
import { platformaticChannels } from '../../topology/broker/kafkajs/platformatic-channel.ts'
import { messageOf, TopologyError } from '../../topology/definition/errors.ts'
import { brokerCases, runBrokerCase } from '../contract/broker-cases.ts'
import { type KafkaUnderTest, kafkaConformance, kafkaUnderTest } from '../contract/kafka-under-test.ts'
import { type Security, securities, startSecuredKafka } from './conformance/secured-kafka.ts'

/** The libraries that connect. */
const transports = ['kafkajs', 'platformatic'] as const

interface ConformanceCommandOptions {
  readonly kafka: readonly string[]
  readonly transport: readonly (typeof transports)[number][]
  readonly security: readonly Security[]
  readonly case?: string
}

/** `npm run conformance`: the conformance suite of the broker port on several versions of Kafka, by every transport and security. */
export function conformanceCommand(): Command {
  return new Command('conformance')
    .option('--kafka <versions>', 'versions of Kafka, separated by commas', list(), ['3.9.2', '4.1.0', '4.4.0'])
    .option('--transport <names>', `of ${transports.join(', ')}`, list(transports), transports)
    .option('--security <names>', `of ${securities.join(', ')}`, list(securities), securities)
    .option('--case <text>', 'only the cases whose name contains it')
    .action(async (options: ConformanceCommandOptions) => {
      process.exitCode = await runTable(options)
    })
}

/** Splits a list. Errors: InvalidArgumentError for a word that is none of the known ones. */
function list(known?: readonly string[]) {
  return (text: string): readonly string[] => {
    const words = text.split(',').map(word => word.trim())
    const unknown = words.find(word => word === '' || (known !== undefined && !known.includes(word)))
    if (unknown === undefined) return words
    throw new InvalidArgumentError(known === undefined ? 'Name at least one.' : `Choose of ${known.join(', ')}.`)
  }
}

/** Prints a line for each cell of the table and for each case that failed in it. Returns the exit code. */
async function runTable({ kafka, transport, security, case: named = '' }: ConformanceCommandOptions): Promise<0 | 1> {
  const chosen = brokerCases.filter(({ name }) => name.includes(named))
  if (chosen.length === 0)
    throw new TopologyError(
      'CONFIG_INVALID',
      `no case has '${named}' in its name, in conformance: leave out --case to run all`,
    )
  let [passed, failed] = [0, 0]
  for (const version of kafka) {
    const server = await startSecuredKafka(version)
    try {
      for (const name of transport)
        for (const way of security) {
          const openChannel = name === 'kafkajs' ? openKafkajsChannel : await platformaticChannels()
          const began = performance.now()
          const failures = await failuresOf({ ...server.address(way), openChannel }, chosen)
          const seconds = Math.round((performance.now() - began) / 1_000)
          const held = chosen.length - failures.length
          console.log(`Kafka ${version}, ${name}, ${way}: ${held} of ${chosen.length} cases hold, ${seconds} s`)
          for (const failure of failures) console.log(`  ${failure}`)
          passed += held
          failed += failures.length
        }
    } finally {
      await server.stop()
    }
  }
  console.log(`${passed} passed, ${failed} failed`)
  return failed > 0 ? 1 : 0
}

/** The cases that fail on one cluster, with their reasons. Shape: `['a zombie is fenced: was expected to be refused, ...']`. */
async function failuresOf(address: KafkaUnderTest, cases: typeof brokerCases): Promise<readonly string[]> {
  const under = await kafkaUnderTest(address)
  const failures: string[] = []
  for (const each of cases)
    await runBrokerCase(each, under, kafkaConformance).catch(error =>
      failures.push(`${each.name}: ${messageOf(error)}`),
    )
  await under.close()
  return failures
}
