import { Command } from 'commander'
import { environmentTable, environmentVariables } from '../topology/app/environment.ts'
import { type JsonFlag, jsonOption, printJson } from './command-line/json-output.ts'

/** `config`: prints the environment variables that millrace reads, as docs/configuration.md has them. */
export function configCommand(): Command {
  return new Command('config').addOption(jsonOption()).action(({ json }: JsonFlag) => {
    if (json) printJson({ variables: variablesJson() })
    else console.log(environmentTable())
  })
}

function variablesJson() {
  return Object.entries(environmentVariables).map(([name, { meaning, example }]) => ({ name, meaning, example }))
}
