import fc from 'fast-check'

/** An operator of a random chain. What it needs (a stream, a table) is made of what it gets. */
export type Step =
  | { readonly kind: 'filter'; readonly of: number }
  | { readonly kind: 'map-values' | 'flat-map' | 'split' | 'rekey' | 'remember' | 'to-table' }
  | { readonly kind: 'repartition'; readonly partitions: number }
  | { readonly kind: 'aggregate'; readonly by: 'count' | 'reduce' | 'aggregate' }
  | { readonly kind: 'regroup'; readonly by: 'count' | 'aggregate' }
  | { readonly kind: 'remember-a-while'; readonly ttlMs: number }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'suppress'; readonly everyMs: number }
  | { readonly kind: 'join-itself'; readonly how: JoinHow }
  | WindowStep

/** An aggregation in windows, and which of their updates go on. Units: ms. */
export interface WindowStep {
  readonly kind: 'window'
  readonly windows: 'tumbling' | 'hopping' | 'sliding' | 'session'
  readonly sizeMs: number
  readonly advanceMs: number
  readonly graceMs: number
  readonly shown: 'each' | 'closed' | 'suppressed'
}

export type JoinHow = 'inner' | 'left' | 'outer'

/** The way two inputs are brought together. Units: ms, for joins of streams. */
export interface Meeting {
  readonly kind: 'merge' | 'cogroup' | 'windowed-cogroup' | 'streams' | 'stream-table' | 'tables' | 'foreign-key'
  readonly how: JoinHow
  readonly beforeMs: number
  readonly afterMs: number
  readonly graceMs: number
}

/** A record that is fed. Units: ms. */
export interface RandomRecord {
  readonly topic: 'left' | 'right'
  readonly key: string
  readonly value: string | null
  readonly at: number
}

/**
 * The way in which the inputs' event time is extracted: `record`, from the record; `stream-time`, never far behind the
 * stream time; `throwing` and `negative`, for some values in a way that refuses the record.
 */
export type Extraction = 'record' | 'stream-time' | 'throwing' | 'negative'

/** The policy for records that the gate before the left input fails on: `retry` tries three times, then dead-letters. */
export type Gate = 'dead-letter' | 'retry' | 'stop'

/** A small topology, what it is fed and how. */
export interface RandomCase {
  /** `quiet`: a record is fed when all that followed from the one before is done. `free`: as they come. */
  readonly feed: 'free' | 'quiet'
  /** Of the inputs and outputs. */
  readonly partitions: number
  readonly extraction: Extraction
  /** A processor with a failure policy through which the left input goes. */
  readonly gate: Gate | undefined
  readonly left: readonly Step[]
  readonly right: readonly Step[]
  readonly meeting: Meeting | undefined
  readonly after: readonly Step[]
  readonly records: readonly RandomRecord[]
  /** For what chance decides while it runs. */
  readonly seed: number
}

const how = fc.constantFrom<JoinHow>('inner', 'left', 'outer')
const some = (...numbers: number[]) => fc.constantFrom(...numbers)

const windowStep: fc.Arbitrary<WindowStep> = fc.record({
  kind: fc.constant('window'),
  windows: fc.constantFrom('tumbling', 'hopping', 'sliding', 'session'),
  sizeMs: some(7, 20, 60),
  advanceMs: some(3, 20),
  graceMs: some(0, 5, 40),
  shown: fc.constantFrom('each', 'closed', 'suppressed'),
})

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: windowStep },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('map-values', 'flat-map', 'split', 'rekey', 'remember', 'to-table'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('filter'), of: some(2, 3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repartition'), partitions: some(1, 2, 3) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('aggregate'),
      by: fc.constantFrom('count', 'reduce', 'aggregate'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('regroup'), by: fc.constantFrom('count', 'aggregate') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remember-a-while'), ttlMs: some(5, 20, 60) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('refuse') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('suppress'), everyMs: some(5, 30, 100) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('join-itself'), how }) },
)

const meeting: fc.Arbitrary<Meeting> = fc.record({
  kind: fc.constantFrom(
    'merge',
    'cogroup',
    'windowed-cogroup',
    'streams',
    'streams',
    'stream-table',
    'tables',
    'foreign-key',
  ),
  how,
  beforeMs: some(0, 10, 40),
  afterMs: some(0, 10, 40),
  graceMs: some(0, 15),
})

const values = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(9)).map(([a, n]) => `${a}${n}`) },
  { weight: 1, arbitrary: fc.constant(null) },
)

const extraction = fc.constantFrom<Extraction>('record', 'record', 'stream-time', 'throwing', 'negative')
const gate = fc.constantFrom<(Gate | undefined)[]>(undefined, undefined, undefined, 'dead-letter', 'retry', 'stop')

/** Records whose time moves on, and back now and then; in some cases to before 1970. */
const records = (topics: readonly RandomRecord['topic'][]): fc.Arbitrary<readonly RandomRecord[]> =>
  fc.tuple(fc.constantFrom(0, 0, 0, 0, -30), manyRecords(topics)).map(([earliest, drawn]) => {
    let at = earliest < 0 ? 10 : 40
    return drawn.map(({ by, ...record }) => {
      at = Math.max(earliest, at + by)
      return { ...record, at }
    })
  })

const manyRecords = (topics: readonly RandomRecord['topic'][]) =>
  fc.array(
    fc.record({
      topic: fc.constantFrom(...topics),
      key: fc.constantFrom('A', 'B', 'C'),
      value: values,
      by: fc.oneof({ weight: 4, arbitrary: fc.nat(15) }, { weight: 1, arbitrary: fc.integer({ min: -60, max: 90 }) }),
    }),
    { minLength: 6, maxLength: 18 },
  )

const steps = (maxLength: number) => fc.array(step, { maxLength })

const oneInput = fc
  .record({
    feed: fc.constantFrom('free', 'free', 'quiet'),
    partitions: some(1, 1, 2, 3),
    extraction,
    gate,
    left: fc.array(step, { minLength: 1, maxLength: 4 }),
    records: records(['left']),
    seed: fc.nat(1_000_000),
  })
  .map((drawn): RandomCase => orderly({ ...drawn, right: [], meeting: undefined, after: [] }))

const twoInputs = fc
  .record({
    feed: fc.constant('quiet'),
    partitions: some(1, 1, 2, 3),
    extraction,
    gate,
    left: steps(2),
    right: steps(2),
    meeting,
    after: steps(2),
    records: records(['left', 'right']),
    seed: fc.nat(1_000_000),
  })
  .map((drawn): RandomCase => orderly(drawn))

/** Random small topologies with one input or two. */
export const randomCases: fc.Arbitrary<RandomCase> = fc.oneof(oneInput, twoInputs)

/** Whether all records are sure to be processed: then the simulation, which expects no dead letters, can run the case too. */
export function isCalm({ extraction, gate, left, right, after, records }: RandomCase): boolean {
  const refuses = [...left, ...right, ...after].some(({ kind }) => kind === 'refuse')
  const extracted = extraction === 'record' || extraction === 'stream-time'
  return extracted && gate === undefined && !refuses && records.every(({ at }) => at >= 0)
}

/**
 * Records of different partitions that come to one task have no order. So a topology that gathers what it has spread gets
 * one partition throughout: free-running the inputs are spread already, else one record is, by the first shuffle behind it.
 * A join on a foreign key drops answers to a value that has changed meanwhile, so it must not be fed two at once.
 */
function orderly(drawn: RandomCase): RandomCase {
  // Of records that a task has processed when it is stopped by a later one none may be uncommitted.
  if (drawn.gate === 'stop' && drawn.feed === 'free') return orderly({ ...drawn, feed: 'quiet' })
  const foreign = drawn.meeting?.kind === 'foreign-key'
  const one = ({ kind }: Step) =>
    !['flat-map', 'rekey', 'repartition', 'regroup', 'window', 'join-itself'].includes(kind)
  const spec = foreign ? { ...drawn, left: drawn.left.filter(one), right: drawn.right.filter(one) } : drawn
  // The records that come late for their windows depend on records of other keys, and their results have new ones.
  const together = drawn.meeting?.kind === 'windowed-cogroup'
  const shuffles = (side: readonly Step[]) =>
    [...side, ...spec.after].filter(({ kind }, index, all) =>
      kind === 'window' ? together || index < all.length - 1 : ['rekey', 'repartition', 'regroup'].includes(kind),
    ).length + (together && spec.after.length > 0 ? 1 : 0)
  const most = Math.max(shuffles(spec.left), shuffles(spec.right)) + (foreign ? 1 : 0)
  const partitions = most > (spec.feed === 'free' ? 0 : 1) ? 1 : spec.partitions
  const spread = (side: readonly Step[]) =>
    side.map(step => (step.kind === 'repartition' ? { ...step, partitions } : step))
  return { ...spec, partitions, left: spread(spec.left), right: spread(spec.right), after: spread(spec.after) }
}
