import { Command } from 'commander'
import { marketPrices } from '../../processors/topics.ts'
import trading from '../../processors/trading.ts'
import { buildGraph } from '../../topology/index.ts'
import { deploy, type JsonFlag, jsonOption, onServers, printJson } from '../commands.ts'
import { readPriceFile } from './prices/price-file.ts'
import { writeEvents } from './smoke/write-event.ts'

/** `prices`: feeds the market. On the cluster that the environment or `cluster up` names. */
export function pricesCommand(): Command {
  const command = new Command('prices')
  command
    .command('post')
    .description('write the prices of an NDJSON file to market.prices; an older price than the newest changes nothing')
    .argument('<file>', 'one price a line: exchange, instrumentId, occurredAt, and bid, ask or last')
    .addOption(jsonOption())
    .action(post)
  return command
}

async function post(file: string, { json }: JsonFlag): Promise<void> {
  const { prices, bad } = readPriceFile(file)
  for (const { line, reason } of bad) console.error(`${file}:${line}: ${reason}`)
  await onServers('prices', ['kafka', 'registry'], async parts => {
    await deploy(buildGraph(trading), parts)
    await writeEvents(marketPrices, prices, parts)
  })
  if (json) printJson({ written: prices.length, badLines: bad })
  else console.log(`${prices.length} written  ${bad.length} bad lines`)
  if (bad.length > 0) process.exitCode = 1
}
