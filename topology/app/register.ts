/**
 * `node --import millrace/register`: lets Node run a project's TypeScript (its tests, its programs) in ES modules and in CommonJS,
 * with the compiler that millrace brings and with one copy of millrace.
 */
import { registerTypeScript } from './typescript.ts'

await registerTypeScript()
