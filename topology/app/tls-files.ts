import { readFileSync } from 'node:fs'
import { messageOf, TopologyError } from '../definition/errors.ts'
import type { TlsFiles } from './server-address.ts'

/** The contents of TLS files, under the names that node:tls gives them. */
export interface TlsMaterial {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/**
 * Reads the files of a TLS connection. `prefix` names the variables in errors. Shape: `readTlsFiles({ ca: 'ca.pem' }, 'KAFKA')`.
 * Errors: TopologyError CONFIG_INVALID for a file that cannot be read, and for a certificate without its key or the other way round.
 */
export function readTlsFiles(files: TlsFiles, prefix: string): TlsMaterial {
  if ((files.cert === undefined) !== (files.key === undefined))
    throw new TopologyError(
      'CONFIG_INVALID',
      `${prefix}_CERT and ${prefix}_KEY belong together and one of them is not set: set both, or neither`,
    )
  const material: { ca?: string; cert?: string; key?: string } = {}
  for (const name of ['ca', 'cert', 'key'] as const) {
    const path = files[name]
    if (path !== undefined) material[name] = readPem(path, `${prefix}_${name.toUpperCase()}`)
  }
  return material
}

function readPem(path: string, variable: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new TopologyError('CONFIG_INVALID', `${variable} cannot be read, ${messageOf(cause)}: name a PEM file`, {
      cause,
    })
  }
}
