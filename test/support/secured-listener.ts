import type { Certified } from './certificates.ts'

/** The users of a listener of Kafka. Shape: `{ username: 'worker', password: 'secret' }`. */
export interface ListenerUser {
  readonly username: string
  readonly password: string
}

/**
 * The settings of a listener with TLS whose users sign in by PLAIN or SCRAM-SHA-512; SCRAM's users are the broker's own.
 *
 * @param name of the listener, in small letters.
 * @param file writes a file and gives its path.
 */
export async function securedListener(
  name: string,
  { cert, key }: Certified,
  { username, password }: ListenerUser,
  file: (name: string, text: string) => Promise<string>,
): Promise<Readonly<Record<string, string>>> {
  const login = 'org.apache.kafka.common.security'
  return {
    ...(await tlsListener(name, { cert, key }, file)),
    [`listener.name.${name}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-512',
    [`listener.name.${name}.plain.sasl.jaas.config`]: `${login}.plain.PlainLoginModule required user_${username}="${password}";`,
    [`listener.name.${name}.scram-sha-512.sasl.jaas.config`]: `${login}.scram.ScramLoginModule required;`,
  }
}

/** The settings of a listener with TLS. Parameters: as for `securedListener`. */
export async function tlsListener(
  name: string,
  { cert, key }: Certified,
  file: (name: string, text: string) => Promise<string>,
): Promise<Readonly<Record<string, string>>> {
  return {
    [`listener.name.${name}.ssl.keystore.type`]: 'PEM',
    [`listener.name.${name}.ssl.keystore.location`]: await file(`${name}.pem`, key + cert),
  }
}
