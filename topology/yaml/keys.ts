/** The keys that each part of a topology file takes. `topology.schema.json` lists the same ones, and a test compares. */
export const yamlKeys = {
  file: ['topology', 'schemas', 'functions', 'topics', 'stores', 'processors', 'tables', 'global-tables', 'streams'],
  topic: ['key', 'value', 'partitions', 'config', 'timestamp', 'offset-reset', 'misplaced'],
  store: ['key', 'value', 'ttl', 'changelog'],
  processor: ['streams', 'tables', 'stores', 'sinks', 'process', 'prefetch', 'punctuate', 'on-error'],
  repartition: ['from', 'to', 'by'],
  punctuation: ['every', 'on', 'run'],
  table: ['topic', 'history', 'subtopology', 'on-error'],
  globalTable: ['topic'],
  pattern: ['match', 'key', 'value', 'timestamp', 'offset-reset', 'misplaced'],
  stream: ['from', 'from-pattern', 'from-stream', 'from-table', 'subtopology', 'steps'],
  onError: ['retry', 'backoff', 'when', 'then', 'breaker', 'slow-after'],
} as const
