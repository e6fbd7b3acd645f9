import { Command } from 'commander'
import { environmentTable } from '../topology/app/environment.ts'

/** `config`: prints the environment variables that millrace reads, as docs/configuration.md has them. */
export function configCommand(): Command {
  return new Command('config').action(() => console.log(environmentTable()))
}
