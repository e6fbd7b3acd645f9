import { FatalError, MillraceError, messageOf } from '../../topology/definition/errors.ts'
import { openSession, type Session } from './session.ts'
import type { FromSession, ToSession } from './session-messages.ts'

/** The body of the process of a session: opens it, produces the lines that the parent sends, and ends when told. */
export function sessionProcess(): void {
  const say = (message: FromSession) => {
    if (process.connected) process.send?.(message)
  }
  const fail = (error: unknown) =>
    say({ kind: 'failed', error: (error instanceof MillraceError ? error : wrapped(error)).toWire() })
  let session: Promise<Session | undefined> = Promise.resolve(undefined)
  const end = async () => {
    await (await session)?.stop().catch(() => {})
    process.exit(0)
  }
  // Ctrl-C reaches this process too: it ends when the parent says so, or is gone.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', end)
  process.on('disconnect', end)
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  process.on('message', async (message: ToSession) => {
    if (message.kind === 'stop') return end()
    if (message.kind === 'start') {
      session = openSession(message.settings, line => say({ kind: 'produced', line })).catch(error => {
        fail(error)
        return undefined
      })
      const opened = await session
      if (opened === undefined) return undefined
      say({ kind: 'up', ...opened.facts })
      return fail(await opened.failed)
    }
    const { line } = message
    try {
      await (await session)?.produce(line)
      say({ kind: 'produced', line })
    } catch (error) {
      say({ kind: 'produced', line, problem: messageOf(error) })
    }
    return undefined
  })
}

function wrapped(cause: unknown): FatalError {
  return new FatalError('INTERNAL', messageOf(cause), { cause })
}
