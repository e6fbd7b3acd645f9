import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The images of compose.yaml, and of the containers that tests start. A test compares the two. */
export const images = {
  kafka: 'apache/kafka:4.1.0',
  registry: 'apicurio/apicurio-registry:3.0.9',
  postgres: 'postgres:18',
} as const

/** Whether a Docker engine answers. */
export function dockerAnswers(): Promise<boolean> {
  return run('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: 10_000 }).then(
    () => true,
    () => false,
  )
}
