import type { PlantedFault } from '../fault.ts'

/** Faults of the engine, in the order of a task's life. The fault simulation sees each of them. */
export const engineFaults: readonly PlantedFault[] = [
  // Opening a task
  {
    name: 'fenceBeforeOffsets',
    breaks: 'C4: offsets are read after the fence, so that a predecessor cannot commit later ones.',
    file: 'topology/runtime/task-opening.ts',
    anchor: "    await this.#producer.init()\n    this.#owner.moved('fenced')\n",
    replacement: "    this.#owner.moved('fenced')\n",
    also: [
      {
        file: 'topology/runtime/task-opening.ts',
        anchor: '    checkOffsetsOf(this.#id,',
        replacement: '    await this.#producer.init()\n    checkOffsetsOf(this.#id,',
      },
    ],
  },
  {
    name: 'fenceBeforeRestore',
    breaks: "C4: the changelog's end stands still while it is restored, because its writer is fenced.",
    file: 'topology/runtime/task-opening.ts',
    anchor: "await this.#producer.init()\n    this.#owner.moved('fenced')",
    replacement: "this.#owner.moved('fenced')",
    also: [
      {
        file: 'topology/runtime/task-opening.ts',
        anchor: '    const reads = new MarkedReads(storage)\n',
        replacement: '    await this.#producer.init()\n    const reads = new MarkedReads(storage)\n',
      },
    ],
  },
  {
    name: 'stableTransactionalId',
    breaks: 'C4: a task has one transactional id, whoever runs it, so that a new owner fences the one before.',
    file: 'topology/runtime/task-opening.ts',
    anchor: 'transactionalId: transactionalId(graph.definition.name, id),',
    replacement: "transactionalId: transactionalId(graph.definition.name, id) + '-' + env.clock.random(),",
  },
  {
    name: 'restoreFirst',
    breaks: 'Committed changes that never reached the table are applied before the first record.',
    file: 'topology/runtime/restore.ts',
    anchor: '.filter(({ from, end, wipe }) => wipe || from < end)',
    replacement: '.filter(() => false)',
  },
  {
    name: 'restoreCommitted',
    breaks: 'A restore reads what was committed, not what was written.',
    file: 'topology/runtime/restore.ts',
    anchor: "isolation: 'read_committed'",
    replacement: "isolation: 'read_uncommitted'",
  },
  {
    name: 'restoreByPosition',
    breaks: "A restore is complete at the end's position: the tail may hold no record.",
    file: 'topology/runtime/restore.ts',
    anchor: 'position = fetched.position',
    replacement: 'position = (fetched.records.at(-1)?.offset ?? position - 1) + 1',
  },
  {
    name: 'restoreNewest',
    breaks: 'Of several changelog records of a key the last one counts.',
    file: 'topology/runtime/restore.ts',
    anchor: 'last.set(rowKey(key), { key, record })',
    replacement: 'if (!last.has(rowKey(key))) last.set(rowKey(key), { key, record })',
  },
  {
    name: 'wipeStale',
    breaks: 'A table older than its changelog keeps tombstones is wiped, because it may have missed a delete.',
    file: 'topology/runtime/restore.ts',
    anchor: 'const stale = offset + ownMarker < end && old',
    replacement: 'const stale = false',
  },
  {
    name: 'startAtCommitted',
    breaks: "A task goes on at the committed offsets, not at the log's end.",
    file: 'topology/runtime/task-inputs.ts',
    anchor: 'known?.offset ?? (await reset(at, group, env))',
    replacement: 'endOffset ?? (await reset(at, group, env))',
  },
  {
    name: 'restoreStreamTime',
    breaks: "Stream time survives restarts, in the offsets' metadata.",
    file: 'topology/runtime/task-inputs.ts',
    anchor: 'if (known !== undefined) streamTime',
    replacement: 'if (known !== undefined && index < 0) streamTime',
  },

  // Processing
  {
    name: 'readCommitted',
    breaks: 'Inputs are read committed: records that an upstream task aborted count as never written.',
    file: 'topology/runtime/worker.ts',
    anchor: "isolation: 'read_committed'",
    replacement: "isolation: 'read_uncommitted'",
  },
  {
    name: 'passMarkers',
    breaks: 'Positions move past markers and aborted records, so that lag reaches zero.',
    file: 'topology/runtime/input-queue.ts',
    anchor: 'Math.max(known, fetched.position)',
    replacement: 'Math.max(known, (fetched.records.at(-1)?.offset ?? known - 1) + 1)',
  },
  {
    name: 'undoWrites',
    breaks: 'A record that failed leaves no state behind.',
    file: 'topology/runtime/task-graph.ts',
    anchor: '      table.rollback()\n      table.end()\n',
    replacement: '      table.end()\n',
  },
  {
    name: 'undoOutputs',
    breaks: 'A record that failed leaves no outputs behind.',
    file: 'topology/runtime/task-graph.ts',
    anchor: 'this.#output.rollback()',
    replacement: '',
  },
  {
    name: 'waitOutOutages',
    breaks: 'While a part is away records wait: no record is blamed for an outage.',
    file: 'topology/runtime/record-runner.ts',
    anchor: 'const outage = outageOf(error)',
    replacement: 'const outage = undefined as ReturnType<typeof outageOf>',
  },
  {
    name: 'deadLetterInTransaction',
    breaks: 'C1: dead letters are written in the transaction that moves past their records.',
    file: 'topology/runtime/record-runner.ts',
    anchor: 'this.#output.addLetter(letter)',
    replacement: 'void (this.#env as unknown as TaskEnvironment).broker.writer().then(writer => writer.send([letter]))',
    also: [
      {
        file: 'topology/runtime/record-runner.ts',
        anchor: 'import type { ProcessingEnvironment }',
        replacement: 'import type { ProcessingEnvironment, TaskEnvironment }',
      },
    ],
  },

  // The commit
  {
    name: 'oneTransaction',
    breaks: 'C1: outputs, changelog and offsets commit in one Kafka transaction.',
    file: 'topology/runtime/commit.ts',
    anchor: 'return this.#producer.commit({ records: all, replaceRefused, offsets: { group, generation, offsets } })',
    replacement: `const appended = await this.#producer.commit({ records: all, replaceRefused })
    await this.#producer.commit({ records: [], offsets: { group, generation, offsets } })
    return appended`,
  },
  {
    name: 'applyAfterCommit',
    breaks: 'C2: rows are written only when Kafka has acknowledged the commit.',
    file: 'topology/runtime/commit.ts',
    anchor: '    const all = records.concat(...changes.map(change => change.records))\n',
    replacement: `    const all = records.concat(...changes.map(change => change.records))
    if (changes.length > 0)
      await this.#storage.apply({ stores: changes.map(({ delta }) => delta), checkpoints: new Map() })
`,
  },
  {
    name: 'rowsWithCheckpoint',
    breaks: 'C2: rows and checkpoint move in one transaction.',
    file: 'topology/runtime/commit.ts',
    anchor: `    const applying = this.#storage.apply(delta)
    if (this.#onPoint) await Promise.all([applying, this.#onPoint('applying')])
    return applying
`,
    replacement: `    await this.#storage.apply({ ...delta, stores: [] })
    await this.#storage.apply({ ...delta, checkpoints: new Map() })
`,
  },
  {
    name: 'moveCheckpoint',
    breaks: "C2: the checkpoint moves with every commit's rows.",
    file: 'topology/runtime/commit.ts',
    anchor: 'const previous = this.#checkpoints.get(change.store)',
    replacement: 'if (next >= 0) continue\n      const previous = this.#checkpoints.get(change.store)',
  },
  {
    name: 'confirmReads',
    breaks: 'A commit that rests on rows read looks whether their table is still the one it was.',
    file: 'topology/runtime/task-commits.ts',
    anchor: '      await this.#pipeline.confirmStore()\n',
    replacement: '',
  },
  {
    name: 'commitProcessed',
    breaks: 'Offsets say what was processed, not what was fetched.',
    file: 'topology/runtime/uncommitted.ts',
    anchor: '({ topic, partition, position: offset })',
    replacement: '({ topic, partition, fetchPosition: offset })',
  },
  {
    name: 'commitPunctuations',
    breaks: 'What a punctuator alone wrote is committed too.',
    file: 'topology/runtime/task-processing.ts',
    anchor: 'punctuated: () => commits.add(),',
    replacement: 'punctuated: () => {},',
  },
]
