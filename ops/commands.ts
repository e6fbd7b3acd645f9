// biome-ignore-all assist/source/organizeImports: in the order in which a command needs them
/**
 * The public names of `millrace/commands`, listed by hand: everything that an application's own commands need.
 */

// The command line.
export { messageOf } from '../topology/definition/errors.ts'
export { portNumber, topologyHelp } from './command-line/options.ts'
export { jsonOption, printJson } from './command-line/json-output.ts'
export type { JsonFlag } from './command-line/json-output.ts'
export { accessInUse, hostOption } from './command-line/access.ts'

// Servers: those of the environment, of millrace.config.ts or of `millrace cluster up`; or started for this command alone.
export { onServers, serversInUse } from './command-line/servers.ts'
export { connectParts } from '../topology/app/connections.ts'
export type { Parts } from '../topology/app/connections.ts'
export { startServers } from './cluster/choose.ts'
export type { ServerName } from './cluster/cluster-server.ts'
export { createDatabase } from './cluster/postgres-embedded.ts'
export { systemClock } from '../topology/runtime/system-clock.ts'

// Deploying and running a topology on them.
export { deploy } from '../topology/app/deploy.ts'
export { runOn } from '../topology/app/run.ts'

// Topics.
export { partitionsOf, readRaw } from '../topology/app/topics/read-raw.ts'
export { readTopics } from '../topology/app/topics/read-topics.ts'
export { TopicTail } from '../topology/app/topics/topic-tail.ts'
export type { Tailed } from '../topology/app/topics/topic-tail.ts'
export type { Broker, OutgoingRecord, RawRecord, RecordWriter, TopicPartition } from '../topology/broker/port.ts'
export type { Codec } from '../topology/definition/serde.ts'
export { consumerGroup } from '../topology/definition/naming.ts'
export { partitionOf } from '../topology/runtime/partitioner.ts'

// Dead letters.
export { letterFinder } from './dlq/letters-about.ts'

// Tables.
export { openDatabase } from './command-line/database.ts'
export { readStoreRows } from '../store/queries.ts'

// Replays: a window of a topic, and a processor that runs it again in a shadow.
export { isWithin, parseBound, readWindow } from './replay/window.ts'
export type { Bound } from './replay/window.ts'
export { readerOf, replayRows, restoreRows } from './replay/replay-rows.ts'
export { refuseMembers } from './command-line/refuse-members.ts'
export type { ReplayedRows, RowDifference } from './replay/replay-rows.ts'

// The outbox.
export { outboxInUse, relayOn } from './outbox/outbox-in-use.ts'
