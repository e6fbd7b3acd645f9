import type { CommandTable } from './command-line.ts'

/** The commands of millrace itself, by name, in the order in which `--help` lists them. */
export const millraceCommands: CommandTable = {
  init: {
    summary: 'make a project: a topology, its schema, a test, and the commands to run them',
    load: async () => (await import('../init.ts')).initCommand(),
  },
  dev: {
    summary:
      'run a topology while it is written: starts anew when a file changes, prints records, produces typed lines',
    load: async () => (await import('../dev.ts')).devCommand(),
  },
  worker: {
    summary: 'run processors of a topology',
    load: async () => (await import('../worker.ts')).workerCommand(),
  },
  status: {
    summary: 'owner, lag, state and dead letters of every task',
    load: async () => (await import('../status.ts')).statusCommand(),
  },
  doctor: {
    summary: 'say what is wrong with the servers of a topology, and what to do about it',
    load: async () => (await import('../doctor.ts')).doctorCommand(),
  },
  topics: {
    summary: "create a topology's topics, or say what differs",
    load: async () => (await import('../topics.ts')).topicsCommand(),
  },
  topology: {
    summary: 'validate, describe and compare topologies',
    load: async () => (await import('../topology.ts')).topologyCommand(),
  },
  migrate: {
    summary: "make the tables of a topology's stores, or print the statements that they lack",
    load: async () => (await import('../migrate.ts')).migrateCommand(),
  },
  schemas: {
    summary: 'check, register and generate types from Avro schemas',
    load: async () => (await import('../schemas.ts')).schemasCommand(),
  },
  gateway: {
    summary: "serve a topology's stores over HTTP",
    load: async () => (await import('../gateway.ts')).gatewayCommand(),
  },
  outbox: {
    summary: 'look at entries that wait to be published, and run the relay that publishes them',
    load: async () => (await import('../outbox.ts')).outboxCommand(),
  },
  dlq: {
    summary: 'look at dead letters, send them back, or give them up',
    load: async () => (await import('../dlq.ts')).dlqCommand(),
  },
  sim: {
    summary: 'run a topology under seeded faults, on memory parts and a simulated clock',
    load: async () => (await import('../sim.ts')).simCommand(),
  },
  state: {
    summary: "empty a store's tables, or start a processor's state anew",
    load: async () => (await import('../state.ts')).stateCommand(),
  },
  offsets: {
    summary: "show where a topology's groups stand in their inputs, or move them",
    load: async () => (await import('../offsets.ts')).offsetsCommand(),
  },
  transactions: {
    summary: 'list the transactions of Kafka that hold readers back, or abort one',
    load: async () => (await import('../transactions.ts')).transactionsCommand(),
  },
  cluster: {
    summary: 'start, stop and look at Kafka, a schema registry and Postgres',
    load: async () => (await import('../cluster.ts')).clusterCommand(),
  },
  config: {
    summary: 'print the environment variables that millrace reads',
    load: async () => (await import('../config.ts')).configCommand(),
  },
}
