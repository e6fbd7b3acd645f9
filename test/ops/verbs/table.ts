const topologyFile = 'processors/trading.yaml'
/** The place of a dead letter of the story. */
const letter = 'trading.signals.dlq/0/0'
/** Words that the test replaces: the event of an entry that is published, and of one that is stuck. */
export const published = '<published>'
export const stuck = '<stuck>'
/** The place of a transaction that is open. */
export const openTransaction = '<open transaction>'
/** An order of alpha-01. */
export const order = '<order>'
/** A folder that does not exist yet. */
export const freshFolder = '<fresh folder>'

/** A verb of the command line, in the order in which an operator meets them. */
export interface Verb {
  /** The words of the success, without `--json`. */
  readonly good: readonly string[]
  /** It succeeds once only, so each run has a place of its own. */
  readonly once?: true
  /** The folder in which it runs, in a process of its own. Unset: this process. */
  readonly within?: string
  /** The exit code of the success. Unset: 0. */
  readonly code?: 0 | 1
  /** The words that a person must find in the output. */
  readonly says: RegExp
  /** Fields of the JSON. */
  readonly json: readonly string[] | 'array'
  /** The words of a refusal, its exit code, and what its message must name: what, where, remedy. */
  readonly bad: readonly string[]
  readonly refusedWith: 2 | 3 | 4
  readonly refusal: RegExp
}

type Verbs = Readonly<Record<string, Verb>>

const unknownOption = { refusedWith: 2, refusal: /unknown option '--nonsense'/ } as const
const noFile = { refusedWith: 3, refusal: /does not exist|cannot be read|there is no|no \.avsc file/ } as const
const noTopology = ['--topology=nowhere.yaml'] as const

/** Files and places that the words of verbs name. */
export interface VerbWords {
  readonly folder: string
  readonly signals: string
  readonly prices: string
  readonly words: string
}

/** Verbs of an operator who brings the application up, by their paths, in that order. */
export const firstVerbs = ({ folder, signals, prices }: VerbWords): Verbs => ({
  config: { good: [], says: /`DATABASE_URL`/, json: ['variables'], bad: ['--nonsense'], ...unknownOption },
  init: {
    good: [freshFolder],
    says: /written|kept/,
    json: ['folder', 'written', 'kept', 'next'],
    bad: ['--nonsense'],
    ...unknownOption,
  },
  'topology validate': {
    good: [topologyFile],
    says: /is valid/,
    json: ['topology', 'valid', 'subtopologies'],
    bad: ['nowhere.yaml'],
    ...noFile,
  },
  'topology describe': {
    good: [],
    says: /portfolio-risk/,
    json: ['format', 'topics'],
    bad: ['nowhere.yaml'],
    ...noFile,
  },
  'topology diff': {
    good: [topologyFile, topologyFile],
    says: /./,
    json: ['lost'],
    bad: [topologyFile, 'nowhere.json'],
    ...noFile,
  },
  'cluster up': {
    good: [],
    within: folder,
    says: /export KAFKA_BROKERS=/,
    json: ['servers'],
    bad: ['--nonsense'],
    ...unknownOption,
  },
  'cluster status': {
    good: [],
    within: folder,
    says: /kafka .* up/,
    json: ['servers'],
    bad: ['--nonsense'],
    ...unknownOption,
  },
  'cluster down': {
    good: [],
    within: folder,
    says: /left alone|nothing is up/,
    json: ['servers'],
    bad: ['--nonsense'],
    ...unknownOption,
  },
  'topics apply': { good: ['--alter'], says: /STATE/, json: ['topics', 'altered'], bad: noTopology, ...noFile },
  'topics list': { good: [], says: /exists/, json: ['topics'], bad: noTopology, ...noFile },
  'schemas register': { good: [], says: /id \d+/, json: ['subjects', 'registered'], bad: noTopology, ...noFile },
  'schemas check': {
    good: [],
    says: /fits 1 version/,
    json: ['subjects'],
    bad: ['--registry=http://127.0.0.1:1'],
    refusedWith: 4,
    refusal: /127\.0\.0\.1:1/,
  },
  'schemas types': {
    good: ['schemas/trading', '--check'],
    says: /up to date/,
    json: ['written', 'stale'],
    bad: ['nowhere'],
    ...noFile,
  },
  migrate: { good: ['--apply'], says: /done: |has all/, json: ['statements', 'applied'], bad: noTopology, ...noFile },
  'instruments register': {
    good: ['processors/instruments.yaml'],
    says: /version 1 +enabled/,
    json: ['instruments'],
    bad: ['nowhere.yaml'],
    ...noFile,
  },
  'instruments disable': {
    good: ['XNAS:AAPL'],
    says: /XNAS:AAPL +version 2 +disabled/,
    json: ['instrument', 'version', 'enabled', 'state'],
    bad: ['AAPL'],
    refusedWith: 3,
    refusal: /'AAPL' is no instrument key: write EXCHANGE/,
  },
  'instruments enable': {
    good: ['XNAS:AAPL'],
    says: /XNAS:AAPL +version 3 +enabled/,
    json: ['instrument'],
    bad: ['XNAS:NONE'],
    refusedWith: 3,
    refusal: /'XNAS:NONE' is not registered: register it first/,
  },
  'signals post': {
    good: [signals],
    says: /2 posted|2 repeated/,
    json: ['posted', 'repeated', 'conflict', 'badLines'],
    bad: ['nowhere.ndjson'],
    ...noFile,
  },
  'prices post': {
    good: [prices],
    says: /1 written/,
    json: ['written', 'badLines'],
    bad: ['nowhere.ndjson'],
    ...noFile,
  },
  'limits set': {
    good: ['alpha-01', '--cap=90000', '--reason=a test'],
    says: /alpha-01 +controlVersion/,
    json: ['controls'],
    bad: ['alpha-01', '--reason=a test'],
    refusedWith: 3,
    refusal: /nothing to change: give --state/,
  },
  'limits apply': {
    good: ['processors/limits.yaml', '--reason=a test'],
    says: /alpha-02 +controlVersion/,
    json: ['controls'],
    bad: ['nowhere.yaml', '--reason=x'],
    ...noFile,
  },
  'limits flatten': {
    good: ['alpha-02', '--reason=a test'],
    says: /alpha-02 +controlVersion/,
    json: ['controls'],
    bad: ['nobody', '--reason=x'],
    refusedWith: 3,
    refusal: /portfolio 'nobody' has no limits: name it in a limits file/,
  },
  'limits all': {
    good: ['ACTIVE', '--reason=a test'],
    says: /every portfolio/,
    json: ['controls'],
    bad: ['SLEEPING', '--reason=x'],
    refusedWith: 2,
    refusal: /Allowed choices are/,
  },
  'outbox relay': {
    good: ['--once'],
    says: /outbox relay/,
    json: ['up', 'where'],
    bad: ['--keep=soon'],
    refusedWith: 2,
    refusal: /duration such as '7d'/,
  },
  'outbox status': {
    good: [],
    says: /0 pending .* published/,
    json: ['pending', 'published', 'led'],
    bad: ['--nonsense'],
    ...unknownOption,
  },
  'outbox list': {
    good: ['--state=published'],
    says: /EVENT/,
    json: ['entries'],
    bad: ['--state=odd'],
    refusedWith: 2,
    refusal: /Allowed choices are/,
  },
})

/** Verbs on a pipeline that has settled two signals and set two records apart, which nobody runs any more. */
export const laterVerbs = ({ words }: VerbWords): Verbs => ({
  'outbox show': {
    good: [published],
    says: /published/,
    json: ['eventId', 'state'],
    bad: ['nobody'],
    refusedWith: 3,
    refusal: /no entry of event 'nobody': see 'millrace outbox list/,
  },
  'outbox retry': {
    good: [stuck],
    once: true,
    says: /is retried/,
    json: ['eventId', 'state'],
    bad: ['nobody'],
    refusedWith: 3,
    refusal: /no stuck entry of event 'nobody'/,
  },
  'outbox skip': {
    good: [stuck],
    once: true,
    says: /is skipped/,
    json: ['eventId', 'state'],
    bad: ['nobody'],
    refusedWith: 3,
    refusal: /no stuck entry of event 'nobody'/,
  },
  status: { good: [], code: 1, says: /unowned|nobody|DEAD/, json: ['tasks', 'problem'], bad: noTopology, ...noFile },
  doctor: {
    good: ['--min-free=0'],
    says: /13 checks: 0 errors/,
    json: ['healthy', 'checks'],
    bad: ['--min-free=much'],
    refusedWith: 2,
    refusal: /give a number of gigabytes/,
  },
  'offsets list': {
    good: [],
    says: /COMMITTED/,
    json: 'array',
    bad: ['--processor=nobody'],
    refusedWith: 3,
    refusal: /no processor 'nobody'.*choose among/,
  },
  'offsets set': {
    good: ['portfolio-risk', '--to=latest'],
    says: /would move|nothing was done/,
    json: 'array',
    bad: ['nobody', '--to=latest'],
    refusedWith: 3,
    refusal: /no processor 'nobody'.*choose among/,
  },
  'dlq list': {
    good: [],
    says: /LETTERS/,
    json: ['letters', 'count'],
    bad: ['--since=soon'],
    refusedWith: 2,
    refusal: /write a time such as/,
  },
  'dlq show': {
    good: [],
    says: /trading\.signals\.dlq\/0\/0/,
    json: ['letters', 'count'],
    bad: ['--topic=nowhere'],
    refusedWith: 3,
    refusal: /nowhere/,
  },
  'dlq drop': {
    good: ['--at', letter, '--reason=a test'],
    says: /would be dropped/,
    json: ['applied', 'dropped', 'skipped'],
    bad: ['--reason=a test'],
    refusedWith: 3,
    refusal: /dlq drop of which dead letters\? Choose with/,
  },
  'dlq retry': {
    good: ['--at', letter, '--apply'],
    says: /retried/,
    json: ['applied', 'retried', 'skipped'],
    bad: [],
    refusedWith: 3,
    refusal: /dlq retry of which dead letters\? Choose with/,
  },
  'limits show': {
    good: ['alpha-01'],
    says: /exposureCap/,
    json: ['portfolioId'],
    bad: ['nobody'],
    refusedWith: 3,
    refusal: /portfolio 'nobody' has no limits/,
  },
  'orders list': {
    good: ['alpha-01'],
    says: /"orderId"/,
    json: ['orders'],
    bad: ['alpha-01', '--limit=none'],
    refusedWith: 2,
    refusal: /whole number above zero/,
  },
  'orders replace': {
    good: ['alpha-01', order, '--quantity=5', '--reason=a test'],
    says: /REPLACE .* on its way/,
    json: ['orderId', 'action', 'commandId', 'state'],
    bad: ['alpha-01', 'none', '--reason=a test'],
    refusedWith: 3,
    refusal: /nothing to change: give --quantity or --limit/,
  },
  'orders cancel': {
    good: ['alpha-01', order, '--reason=a test'],
    says: /CANCEL .* on its way/,
    json: ['orderId', 'action', 'commandId', 'state'],
    bad: ['alpha-01', 'none', '--reason=a test'],
    refusedWith: 3,
    refusal: /portfolio 'alpha-01' has no order 'none': see orders list/,
  },
  trace: {
    good: ['k1'],
    says: /k1 +of alpha-01/,
    json: ['id', 'traces', 'deadLetters'],
    bad: ['k1', '--nonsense'],
    ...unknownOption,
  },
  replay: {
    good: ['--with=processors/limits.yaml'],
    says: /2 signals: 0 decided otherwise/,
    json: ['signals', 'changed', 'unlike'],
    bad: [],
    refusedWith: 3,
    refusal: /replay what\? Name the topic with --from-topic/,
  },
  'decisions verify': {
    good: [],
    says: /the oracle decides the same/,
    json: ['approved', 'rejected', 'disagreements'],
    bad: ['--nonsense'],
    ...unknownOption,
  },
  'state wipe': {
    good: ['decisions'],
    says: /would wipe 'decisions'/,
    json: ['applied', 'store', 'tasks'],
    bad: ['nowhere'],
    refusedWith: 3,
    refusal: /no store 'nowhere': choose among/,
  },
  'state reset': {
    good: ['portfolio-risk'],
    says: /would set group/,
    json: ['applied', 'processor', 'deletedTopics'],
    bad: ['nobody'],
    refusedWith: 3,
    refusal: /no processor 'nobody'.*choose among/,
  },
  'transactions list': { good: [], says: /no transaction is open/, json: ['transactions'], bad: noTopology, ...noFile },
  'transactions abort': {
    good: [openTransaction],
    says: /would abort the transaction 'verbs-held', open from/,
    json: ['applied', 'transaction'],
    bad: ['trading.signals/0/7'],
    refusedWith: 3,
    refusal: /no transaction is open from trading\.signals\/0\/7: see 'millrace transactions list'/,
  },
  'trading-vectors': {
    good: ['test/data/trading-vectors.json'],
    says: /0 failed/,
    json: ['passed', 'failed'],
    bad: ['nowhere.json'],
    ...noFile,
  },
  sim: {
    good: [`--topology=${words}`, '--seeds=1', '--threads=1'],
    says: /1 seeds in/,
    json: ['seeds', 'faults', 'failure'],
    bad: ['--seeds=none'],
    refusedWith: 2,
    refusal: /give a whole number/,
  },
})

/** Verbs that are only refused here: their success is in other files, and of some not yet with --json. */
export const longVerbs: Readonly<Record<string, Pick<Verb, 'bad' | 'refusedWith' | 'refusal'>>> = {
  demo: { bad: ['--port=none'], refusedWith: 2, refusal: /give a port/ },
  gateway: { bad: ['--port=none'], refusedWith: 2, refusal: /give a port/ },
  worker: { bad: ['--port=none'], refusedWith: 2, refusal: /whole number/ },
  dev: { bad: ['--port=none'], refusedWith: 2, refusal: /give a port/ },
  'smoke registration': { bad: ['--nonsense'], ...unknownOption },
  'smoke execution': { bad: ['--nonsense'], ...unknownOption },
}
