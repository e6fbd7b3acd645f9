// `npx millrace <command>` in this folder takes the topology from here.
import { defineConfig } from 'millrace'

export default defineConfig({ topology: 'word-count.ts' })
