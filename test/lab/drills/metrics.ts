import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import type { Runbook } from '../../support/runbook.ts'
import type { TradingGround } from './trading-ground.ts'

/** Every metric that the runbook names is in the scrape of a worker or of a gateway at work, and no other is there. */
export async function metricsDrill({ name }: Runbook, { worker, gateway }: TradingGround) {
  const text = readFileSync(`ops/runbooks/${name}`, 'utf8')
  const [ofWorker, ofGateway] = text.split('## Metrics of the gateway')
  const told = (part: string | undefined) =>
    [...part!.matchAll(/^\| `(millrace_\w+)` \|/gm)].map(([, metric]) => metric)
  for (const [process, part] of [[worker, ofWorker] as const, [gateway, ofGateway] as const]) {
    const scraped = (await process.get('metrics'))?.body ?? ''
    const real = [...scraped.matchAll(/^# TYPE (millrace_\w+) /gm)].map(([, metric]) => metric)
    assert.equal(real.sort(), told(part).sort(), process.command)
  }
}
