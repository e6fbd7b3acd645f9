import { relative, resolve } from 'node:path'
import { Command } from 'commander'
import { type JsonFlag, jsonOption, printJson } from './command-line/json-output.ts'
import { makeProject } from './init/make-project.ts'
import { commandsOf, packageManager } from './init/package-manager.ts'

/**
 * `init`: makes a project in a folder, new or that of an existing package. It asks nothing and overwrites nothing. Exit code 3: a
 * file of its own is there already.
 */
export function initCommand(): Command {
  return new Command('init')
    .argument('[folder]', 'where to make it (default: this folder)', '.')
    .addOption(jsonOption())
    .action(async (named: string, { json }: JsonFlag) => {
      const folder = resolve(named)
      const manager = packageManager(folder)
      const { written, kept } = await makeProject(folder, manager)
      const path = relative(process.cwd(), folder)
      const { install, exec, test } = commandsOf(manager)
      const steps = [path && `cd ${path}`, install, test, `${exec} millrace dev`].filter(step => step !== '')
      if (json) return printJson({ folder, written, kept, next: steps })
      for (const file of written) console.log(`written  ${file}`)
      for (const file of kept) console.log(`kept     ${file}`)
      console.log(`\nNext:\n${steps.map(step => `  ${step}\n`).join('')}`)
      console.log('and in dev type a record:  orders o-1 {"id":"o-1","customer":"ada","cents":1200}')
    })
}
