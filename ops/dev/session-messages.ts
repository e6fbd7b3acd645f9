import type { KafkaAddress, RegistryAddress } from '../../topology/app/server-address.ts'
import type { ErrorWire } from '../../topology/definition/errors.ts'
import type { PortAccess } from '../../topology/http/port-access.ts'

/** The settings of a session: plain data, as it is handed to a process. */
export interface SessionSettings {
  /** A topology file; undefined: the project's own. */
  readonly topology: string | undefined
  readonly kafka: 'memory' | KafkaAddress
  readonly registry: 'memory' | RegistryAddress | undefined
  readonly postgres: string
  readonly schema: string | undefined
  /** 0 chooses a free one. */
  readonly port: number
  /** The ways in which that port can be reached. */
  readonly access: PortAccess
  /** Topics to print; undefined: all declared ones and their dead letters. */
  readonly topics: readonly string[] | undefined
  readonly verbose: boolean
}

/** A message to the process of a session. */
export type ToSession =
  | { readonly kind: 'start'; readonly settings: SessionSettings }
  | { readonly kind: 'produce'; readonly line: string }
  | { readonly kind: 'stop' }

/** A message from the process of a session. */
export type FromSession =
  | {
      readonly kind: 'up'
      readonly port: number
      /** Address of that port. */
      readonly url: string
      readonly where: string
      readonly name: string
      readonly topics: readonly string[]
    }
  | { readonly kind: 'produced'; readonly line: string; readonly problem?: string }
  | { readonly kind: 'failed'; readonly error: ErrorWire }
