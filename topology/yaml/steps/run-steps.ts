import type { TopologyBuilder } from '../../definition/builder.ts'
import { messageOf, TopologyError } from '../../definition/errors.ts'
import { closest } from '../../definition/suggestion.ts'
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
  let stage: Stage | undefined = start
  for (const value of steps) {
    const named = stepOf(reading, value, where)
    if (!named) return undefined
    stage = await runStep(reading, builder, stage, named, where)
    if (!stage) return undefined
  }
  return stage
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
  if (Object.hasOwn(saidOtherwise, name)) return `'${name}' cannot be said in YAML: ${saidOtherwise[name]}`
  const here = Object.keys(stepsByStage[kind])
  const elsewhere = Object.entries(stepsByStage).find(([, steps]) => Object.hasOwn(steps, name))
  if (elsewhere) return `'${name}' is for a ${elsewhere[0]}, and here is a ${kind}: it takes ${takes(kind, here)}`
  const meant = closest(name, here)
  return `there is no operator '${name}'${meant === undefined ? `; a ${kind} takes ${takes(kind, here)}` : `; did you mean '${meant}'?`}`
}

function takes(kind: StageKind, names: readonly string[]): string {
  return kind === 'split stream' ? "none: go on from a branch, by 'from-stream: label.branch'" : names.join(', ')
}
