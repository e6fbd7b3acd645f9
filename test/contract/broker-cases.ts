import { adminCases } from './broker-admin.ts'
import type { BrokerCase, BrokerUnderTest, ConformanceOptions } from './broker-bench.ts'
import { BrokerBench } from './broker-bench.ts'
import { cleaningCases } from './broker-cleaning.ts'
import { fencingCases } from './broker-fencing.ts'
import { groupCases } from './broker-groups.ts'
import { isolationCases } from './broker-isolation.ts'
import { offsetCases } from './broker-offsets.ts'
import { readingCases } from './broker-reading.ts'
import { refusalCases } from './broker-refusals.ts'
import { transactionCases } from './broker-transactions.ts'

/** Every case of the suite, in the order in which they run. */
export const brokerCases: readonly BrokerCase[] = [
  ...adminCases,
  ...readingCases,
  ...refusalCases,
  ...transactionCases,
  ...isolationCases,
  ...fencingCases,
  ...offsetCases,
  ...groupCases,
  ...cleaningCases,
]

/** Runs one case. Errors: the case's own, with its hazard. */
export async function runBrokerCase(
  each: BrokerCase,
  under: BrokerUnderTest,
  options: ConformanceOptions = {},
): Promise<void> {
  const bench = await BrokerBench.open(under, options)
  try {
    await each.run(bench)
  } catch (error) {
    if (error instanceof Error) error.message += `\n  hazard: ${each.hazard}`
    throw error
  } finally {
    await bench.close()
  }
}
