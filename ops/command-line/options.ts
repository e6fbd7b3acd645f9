import { InvalidArgumentError } from 'commander'

/** The help text of `--topology`, for every command that takes it. */
export const topologyHelp = 'topology file, .yaml, .ts or .js (default: the one of millrace.config.ts)'

/** A port of an option. Errors: InvalidArgumentError. */
export function portNumber(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('give a port from 0 to 65535')
  return port
}
