import { runCommandLine } from '../../ops/command-line/command-line.ts'

await runCommandLine({
  name: 'lab',
  description: 'The machinery that proves millrace and the trading application: npm run <command> -- <options>',
  commands: {
    sim: {
      summary: 'run the engine under seeded faults, on memory parts and a simulated clock',
      load: async () => (await import('./sim.ts')).simCommand(),
    },
    model: {
      summary: 'check the specification of the commit protocol in TLA+, and refute its planted faults',
      load: async () => (await import('./model.ts')).modelCommand(),
    },
    chaos: {
      summary: 'break the trading pipeline in every way on servers of its own, and audit the result',
      load: async () => (await import('./chaos.ts')).chaosCommand(),
    },
    vectors: {
      summary: 'check streams and tables against files of cases that Kafka Streams has written',
      load: async () => (await import('./vectors.ts')).vectorsCommand(),
    },
    conformance: {
      summary:
        'hold the conformance suite of the broker port on several versions of Kafka, by every transport and security',
      load: async () => (await import('./conformance.ts')).conformanceCommand(),
    },
    bench: {
      summary: 'measure how fast it is, beside Kafka Streams',
      load: async () => (await import('./bench.ts')).benchCommand(),
    },
  },
  args: process.argv.slice(2),
})
