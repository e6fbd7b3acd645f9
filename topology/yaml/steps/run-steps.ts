import type { TopologyBuilder } from '../../definition/builder.ts'
import { messageOf, TopologyError } from '../../definition/errors.ts'
import { closest, didYouMean } from '../../definition/suggestion.ts'
import type { YamlField, YamlValue } from '../document.ts'
import type { StepReading } from './fields.ts'
import {
  cogroupSteps,
  groupedStreamSteps,
  sessionCogroupSteps,
  sessionStreamSteps,
  windowedCogroupSteps,
  windowedStreamSteps,
} from './grouped-steps.ts'
import { kindOf, type Stage, type StageKind, type Steps } from './step.ts'
import { streamSteps } from './stream-steps.ts'
import { groupedTableSteps, tableSteps, windowedTableSteps } from './table-steps.ts'

/** Every operator that YAML can name, by the kind of stage that it can follow. */
export const stepsByStage: Readonly<Record<StageKind, Steps>> = {
  stream: streamSteps,
  'split stream': {},
  'grouped stream': groupedStreamSteps,
  'windowed stream': windowedStreamSteps,
  'session stream': sessionStreamSteps,
  cogroup: cogroupSteps,
  'windowed cogroup': windowedCogroupSteps,
  'session cogroup': sessionCogroupSteps,
  table: tableSteps,
  'windowed table': windowedTableSteps,
  'grouped table': groupedTableSteps,
}

/** Operators that YAML writes in another way. */
const saidOtherwise: Readonly<Record<string, string>> = {
  windowed: "write 'tumbling', 'hopping', 'sliding' or 'session'",
}

/** Applies a list of steps, one after another; undefined, with problems, when one of them cannot be. */
export async function runSteps(
  reading: StepReading,
  builder: TopologyBuilder,
  start: Stage,
  steps: readonly YamlValue[],
  where: string,
): Promise<Stage | undefined> {
  let stage = start
  for (const [index, value] of steps.entries()) {
    const named = stepOf(reading, value, where)
    const next: Stage | undefined = named && (await runStep(reading, builder, stage, named, where))
    if (next === undefined) {
      await checkSteps(reading, steps.slice(index + 1), where)
      return undefined
    }
    stage = next
  }
  return stage
}

/** Reports what is wrong with steps behind one that cannot be applied, whatever they would follow. */
export async function checkSteps(reading: StepReading, steps: readonly YamlValue[], where: string): Promise<void> {
  for (const value of steps) {
    const named = stepOf(reading, value, where)
    if (!named) continue
    const alike = Object.values(stepsByStage).flatMap(all => (Object.hasOwn(all, named.key) ? [all[named.key]!] : []))
    // Of one name that several stages take, the fields are read only where they are the same for all.
    const [step] = alike
    if (step === undefined) reading.document.report(named.at, `${where}: ${noSuchStep(named.key)}`)
    else if (alike.every(({ fields }) => Object.keys(fields).join() === Object.keys(step.fields).join()))
      await step.check(reading, named.value, `${named.key} of ${where}`)
  }
}

/** `to-stream` alone, or `filter: ./orders.ts#isLarge`: the name and its argument. */
function stepOf({ document }: StepReading, value: YamlValue, where: string): YamlField | undefined {
  if (!document.isMapping(value)) {
    const name = document.text(value, `a step of ${where}`)
    return name === undefined ? undefined : { key: name, at: value.at, value: { at: value.at, node: null } }
  }
  const [field, second] = document.fields(value, `a step of ${where}`) ?? []
  if (field && !second) return field
  document.report(
    value.at,
    `a step of ${where} has ${second ? 'several names' : 'no name'}: write '- name: ...' for each`,
  )
  return undefined
}

async function runStep(
  reading: StepReading,
  builder: TopologyBuilder,
  stage: Stage,
  { key: name, at, value }: YamlField,
  where: string,
): Promise<Stage | undefined> {
  const kind = kindOf(stage)
  const step = stepsByStage[kind][name]
  if (!step) {
    reading.document.report(at, `${where}: ${unknownStep(name, kind)}`)
    return undefined
  }
  builder.setPlace(at)
  try {
    return await step.apply(stage, reading, value, `${name} of ${where}`)
  } catch (error) {
    if (!(error instanceof TopologyError)) throw error
    reading.document.report(at, `${where}: ${messageOf(error)}`)
    return undefined
  } finally {
    builder.setPlace(undefined)
  }
}

function unknownStep(name: string, kind: StageKind): string {
  const here = Object.keys(stepsByStage[kind])
  if (Object.hasOwn(saidOtherwise, name)) return noSuchStep(name)
  const elsewhere = Object.entries(stepsByStage).find(([, steps]) => Object.hasOwn(steps, name))
  if (elsewhere) return `'${name}' is for a ${elsewhere[0]}, and here is a ${kind}: it takes ${takes(kind, here)}`
  const meant = closest(name, here)
  return `there is no operator '${name}'${meant === undefined ? `; a ${kind} takes ${takes(kind, here)}` : `; did you mean '${meant}'?`}`
}

function noSuchStep(name: string): string {
  if (Object.hasOwn(saidOtherwise, name)) return `'${name}' cannot be said in YAML: ${saidOtherwise[name]}`
  return `there is no operator '${name}'${didYouMean(name, Object.values(stepsByStage).flatMap(Object.keys))}`
}

function takes(kind: StageKind, names: readonly string[]): string {
  return kind === 'split stream' ? "none: go on from a branch, by 'from-stream: label.branch'" : names.join(', ')
}
