#!/usr/bin/env node
import { projectCommands, runCommandLine } from './command-line/command-line.ts'
import { millraceCommands } from './command-line/millrace-commands.ts'

await runCommandLine({
  name: 'millrace',
  description: 'Kafka Streams for TypeScript, with Postgres as its state',
  commands: millraceCommands,
  more: projectCommands,
  args: process.argv.slice(2),
})
