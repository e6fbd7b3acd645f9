import { messageOf } from '../../../topology/definition/errors.ts'
import type { VectorCase, VectorStep } from './case.ts'
import { meantDifferences } from './meant-differences.ts'
import type { OpenCase, VectorOracle } from './oracle.ts'
import { runVector } from './run.ts'

/** The comparison of cases with Kafka Streams. */
export interface Agreement {
  readonly agreeing: number
  /** The number of cases that differ as it is meant, by reason. */
  readonly meant: ReadonlyMap<string, number>
  /** Cases that differ otherwise, with the difference in words. */
  readonly differing: readonly { readonly vector: VectorCase; readonly found: string }[]
}

/** Compares the cases with the answers of Kafka Streams; where one differs, with its answer to the question that is meant. */
export async function agreementOn(cases: readonly OpenCase[], oracle: VectorOracle): Promise<Agreement> {
  const differing = await differencesOf(await oracle.answer(cases))
  const questions = differing.flatMap(({ vector }) => meantQuestion(vector) ?? [])
  const answers = questions.length === 0 ? [] : await oracle.answer(questions.map(({ asked }) => asked))
  const meant = new Map<string, number>()
  const explained = new Set<string>()
  for (const [index, { asked, reasons, vector }] of questions.entries()) {
    const found = await difference({ ...vector, steps: withSilence(vector.steps, asked.steps, answers[index]!.steps) })
    if (found !== undefined) continue
    explained.add(vector.name)
    meant.set(reasons, (meant.get(reasons) ?? 0) + 1)
  }
  return {
    agreeing: cases.length - differing.length,
    meant,
    differing: differing.filter(({ vector }) => !explained.has(vector.name)),
  }
}

async function differencesOf(cases: readonly VectorCase[]): Promise<Agreement['differing']> {
  const differing: { readonly vector: VectorCase; readonly found: string }[] = []
  for (const vector of cases) {
    const found = await difference(vector)
    if (found !== undefined) differing.push({ vector, found })
  }
  return differing
}

const difference = (vector: VectorCase) => runVector(vector).catch(messageOf)

/** The case with all the differences that are meant, and their reasons; undefined when none can show. */
function meantQuestion(vector: VectorCase) {
  let asked: OpenCase = vector
  const reasons: string[] = []
  for (const { reason, ask } of meantDifferences) {
    const next = ask(asked)
    if (next === undefined) continue
    asked = next
    reasons.push(reason)
  }
  return reasons.length === 0 ? undefined : { vector, asked, reasons: reasons.join('; ') }
}

/** The answers to some of the steps; the others bring nothing out. */
function withSilence(
  all: readonly Pick<VectorStep, 'in'>[],
  asked: readonly Pick<VectorStep, 'in'>[],
  answered: readonly VectorStep[],
): readonly VectorStep[] {
  const answers = new Map(asked.map((step, index) => [step.in, answered[index]?.out ?? []]))
  return all.map(step => ({ in: step.in, out: answers.get(step.in) ?? [] }))
}
