import { suite } from '../support/suite.ts'
import type { BrokerUnderTest, ConformanceOptions } from './broker-bench.ts'
import { brokerCases, runBrokerCase } from './broker-cases.ts'

export type { BrokerUnderTest, ConformanceOptions } from './broker-bench.ts'

/**
 * The conformance suite of the broker port: everything that the engine relies on in any adapter. A case that fails names
 * the hazard it tests; none is left out for any adapter.
 */
export function brokerConformance(
  name: string,
  open: () => Promise<BrokerUnderTest>,
  options: ConformanceOptions = {},
): void {
  suite(`broker conformance: ${name}`, test => {
    let opening: Promise<BrokerUnderTest> | undefined
    for (const each of brokerCases)
      test(each.name, async () => {
        opening ??= open()
        await runBrokerCase(each, await opening, options)
      })
    test.after(async () => (await opening)?.close())
  })
}
