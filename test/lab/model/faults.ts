/**
 * The faults that ExactlyOnce.tla can plant, with the smallest bound that refutes each. `rule`: the rule that the fault breaks, as
 * in DESIGN.md. Units of the bound: openings of the task, replacements of Postgres, cut-off brokers.
 */
export interface PlantedStep {
  readonly name: string
  readonly rule: string
  readonly opens: number
  readonly storeFaults: number
  readonly cuts: number
}

const step = (name: string, rule: string, storeFaults = 0, cuts = 0): PlantedStep => ({
  name,
  rule,
  opens: 2,
  storeFaults,
  cuts,
})

export const plantedSteps: readonly PlantedStep[] = [
  step('offsets-apart', 'C1: offsets commit with the outputs'),
  step('rows-apart', 'C2: rows and checkpoint commit together'),
  step('applies-before-commit', 'C2: rows follow the acknowledgement'),
  step('offsets-before-fence', 'C4: offsets are read after the fence'),
  step('id-of-the-worker', "C4: the transactional id is the task's"),
  step('fence-does-not-wait', 'C4: the fence waits for a decided transaction'),
  step('skips-restore', 'C4: tables are restored before they are read'),
  step('restores-uncommitted', 'C4: what was not committed is not restored'),
  step('believes-one-broker', 'C4: most brokers agree on an end and on offsets', 1, 1),
  step('apply-of-any-epoch', 'C5: an apply of an older epoch is refused', 1),
  step('apply-at-any-offset', 'C5: an apply at another offset is refused', 1),
  step('claims-repeat', 'C5: no claim gets an epoch that was given before a loss', 1),
  step('keeps-its-producer', 'one way back: after an error the producer is fenced anew'),
  step('unknown-is-success', 'one way back: a commit without an answer is not assumed to have succeeded'),
  step('unknown-is-failure', 'one way back: nor to have failed'),
  step('reads-unconfirmed', 'a commit that rests on rows read confirms their table first', 1),
  step('ahead-of-last-stable', 'a table is ahead only of the end of the log, not of a commit without markers'),
]
