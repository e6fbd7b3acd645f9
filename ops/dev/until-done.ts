import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import closeWithGrace from 'close-with-grace'
import { messageOf, TopologyError } from '../../topology/definition/errors.ts'
import type { DevFlags } from '../dev.ts'
import { watchFiles } from './file-watch.ts'
import type { Supervisor } from './supervisor.ts'

/** Feeds a session with lines of a file and of the keyboard, and starts it anew when files change, until a signal or its end. */
export async function untilDone(supervisor: Supervisor, flags: DevFlags): Promise<void> {
  if (flags.file !== undefined) for (const line of await linesOf(flags.file)) supervisor.produce(line)
  const keyboard = createInterface({ input: process.stdin })
  keyboard.on('line', line => {
    if (line.trim() !== '') supervisor.produce(line)
  })
  const watch = flags.watch ? watchFiles(process.cwd(), file => supervisor.restart(file)) : undefined
  const signal = new Promise<void>(resolve => {
    closeWithGrace({ delay: 20_000, logger: false }, async ({ err }) => {
      if (err) console.error(`millrace: ${messageOf(err)}`)
      resolve()
      await ended
    })
  })
  let done = () => {}
  const ended = new Promise<void>(resolve => {
    done = resolve
  })
  try {
    const failed = await Promise.race([signal, supervisor.failed])
    if (failed !== undefined) throw failed
  } finally {
    keyboard.close()
    watch?.close()
    await supervisor.stop()
    done()
  }
}

async function linesOf(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch(error => {
    throw new TopologyError('CONFIG_INVALID', `file '${file}' cannot be read: ${messageOf(error)}`)
  })
  return text.split('\n').filter(line => line.trim() !== '' && !line.startsWith('#'))
}
