import { messageOf } from '../../topology/definition/errors.ts'

/** Something that is not as it should be, and the way to put it right. */
export interface Finding {
  /** An error stops work or loses data, now or at the next fault; a warning is worth a thought. */
  readonly level: 'error' | 'warning'
  /** The thing that it is about. Shape: `"topic 'orders'"`. */
  readonly subject: string
  readonly problem: string
  readonly remedy: string
}

/** The names of the checks, in the order in which they are made. */
export const checkNames = [
  'kafka',
  'kafka rights',
  'topics',
  'transactions',
  'kafka clock',
  'registry',
  'postgres',
  'migrations',
  'postgres rights',
  'identity',
  'postgres sessions',
  'postgres disk',
  'postgres clock',
] as const

export type CheckName = (typeof checkNames)[number]

/** The result of one check. */
export interface CheckResult {
  readonly check: CheckName
  /** The extent of what was looked at. Shape: `'12 topics'`. */
  readonly said: string
  readonly findings: readonly Finding[]
}

/** Runs a check. An error is a finding: it says what to do itself, after the colon. */
export async function checked(check: CheckName, look: () => Promise<Omit<CheckResult, 'check'>>): Promise<CheckResult> {
  try {
    return { check, ...(await look()) }
  } catch (error) {
    return { check, said: 'it could not be looked at', findings: [fromError(check, error)] }
  }
}

/** Shape of a message: `what, where: remedy`. */
function fromError(subject: string, error: unknown): Finding {
  const message = messageOf(error) || String((error as { readonly code?: unknown }).code)
  const at = message.lastIndexOf(': ')
  return {
    level: 'error',
    subject,
    problem: at < 0 ? message : message.slice(0, at),
    remedy: at < 0 ? 'see the message of the server' : message.slice(at + 2),
  }
}

/** An error. */
export function wrong(subject: string, problem: string, remedy: string): Finding {
  return { level: 'error', subject, problem, remedy }
}

/** A warning. */
export function doubtful(subject: string, problem: string, remedy: string): Finding {
  return { level: 'warning', subject, problem, remedy }
}
