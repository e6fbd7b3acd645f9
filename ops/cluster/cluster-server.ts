/** The three servers that a topology runs on. */
export type ServerName = 'kafka' | 'registry' | 'postgres'

/** The origin of a part, in the order of choice. `memory` is not among them: these are real servers. */
export type PartOrigin = 'environment' | 'docker' | 'native' | 'embedded'

/**
 * A server that is up.
 *
 * Shape of `url`: kafka `127.0.0.1:9092` (bootstrap servers, comma-separated); registry
 * `http://127.0.0.1:8081/apis/ccompat/v7`; postgres `postgres://millrace:<password>@127.0.0.1:5432/millrace`.
 */
export interface ClusterServer {
  readonly name: ServerName
  readonly origin: PartOrigin
  readonly url: string
  /** Process id of the server, where it is a child of ours. It changes with `restart`. */
  readonly pid?: number | undefined
  /** Its data and log, where it is a child of ours. */
  readonly folder?: string
  /** Its container, where Docker runs it. */
  readonly container?: string
  /** Ends the server and removes its data. A part named in the environment is left alone. */
  stop(): Promise<void>
  /** The faults that fault tests apply to it; absent on a server that we did not start. */
  readonly faults?: ServerFaults
}

/** Faults of a whole server. The port and (except after `wipe`) the data stay the same. */
export interface ServerFaults {
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
  /** SIGTERM; resolves when the process is gone. The data stay. */
  shutdown(): Promise<void>
  /** Starts it again after `kill` or `shutdown` (shuts it down first when it runs); resolves when it answers. */
  restart(): Promise<void>
  /** Shuts it down, empties its data and starts it again as a new server. */
  wipe(): Promise<void>
}

/** The options of every `start`. */
export interface StartOptions {
  /** The server outlives this process; the caller keeps its pid and folder and ends it. Unset: it ends with this process. */
  readonly detached?: boolean
  /** Takes the port that people expect (9092, 8081, 5432) when it is free. Unset: any free one. */
  readonly usualPort?: boolean
}
