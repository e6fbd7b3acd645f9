import { Command } from 'commander'
import { postSignal } from '../../gateway/trading/registration.ts'
import { type JsonFlag, jsonOption, printJson } from '../commands.ts'
import { readSignalFile } from './demo/signal-file.ts'
import { withRegistration } from './instruments.ts'

/** `signals`: does the same as the gateway's POST, through the same outbox. */
export function signalsCommand(): Command {
  const command = new Command('signals')
  command
    .command('post')
    .description('post the signals of an NDJSON file; those that were posted before make no second event')
    .argument('<file>', 'one signal a line, as the demo takes them')
    .addOption(jsonOption())
    .action(post)
  return command
}

async function post(file: string, { json }: JsonFlag): Promise<void> {
  const { signals, bad } = readSignalFile(file)
  for (const { line, reason } of bad) console.error(`${file}:${line}: ${reason}`)
  await withRegistration(async parts => {
    const counts = { posted: 0, repeated: 0, conflict: 0 }
    for (const { at, signal } of signals) {
      const posting = await postSignal({ ...parts, clock: { now: () => at } }, signal)
      counts[posting.kind]++
      if (posting.kind === 'conflict') console.error(`${signal.idempotencyKey}: ${posting.reason}`)
    }
    if (json) printJson({ ...counts, badLines: bad })
    else
      console.log(
        `${counts.posted} posted  ${counts.repeated} repeated  ${counts.conflict} in conflict  ${bad.length} bad lines`,
      )
    if (counts.conflict + bad.length > 0) process.exitCode = 1
  })
}
