// `npm run <command>`: works on a fresh clone with nothing installed. The commands themselves are in ops/cli.ts.
import { installMissing } from './dependencies.mjs'
import { start } from './start.mjs'

installMissing()
start('ops/cli.ts', process.argv.slice(2))
