// `npm run sim|model|chaos|vectors|conformance|bench`: works on a fresh clone with nothing installed. The commands themselves are in cli.ts.
import { installMissing } from '../../ops/bin/dependencies.mjs'
import { start } from '../../ops/bin/start.mjs'

installMissing()
start('test/lab/cli.ts', process.argv.slice(2))
