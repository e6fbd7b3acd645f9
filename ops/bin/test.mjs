// `npm test [-- filter ...]`: works on a fresh clone with nothing installed.
import { installMissing } from './dependencies.mjs'
import { start } from './start.mjs'

installMissing()
start('test/support/run.ts', process.argv.slice(2))
