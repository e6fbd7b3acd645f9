import { readFile } from 'node:fs/promises'
import { memoryRegistry } from '../../../topology/testing.ts'
import type { JavaProgram } from '../vectors/java-program.ts'
import { type Comparison, compareOutputs } from './comparison.ts'
import { demoSteps } from './demo-steps.ts'
import { javaRun } from './java-run.ts'
import { ownRun } from './own-run.ts'
import { randomSteps } from './random-signals.ts'
import { portfolioIdsOf, type RunSettings, randomSettings } from './run-settings.ts'
import type { Step } from './step.ts'

/** The signals of the demo, decided by both programs. */
export async function compareDemo(program: JavaProgram): Promise<Comparison> {
  const file = (name: string) => readFile(new URL(`../../../processors/${name}`, import.meta.url), 'utf8')
  return compare(program, demoSteps(), { limits: await file('limits.yaml'), execution: await file('execution.yaml') })
}

/** Random signals, decided by both programs. */
export function compareRandom(program: JavaProgram, seed: number, signals: number): Promise<Comparison> {
  const portfolioIds = portfolioIdsOf(60)
  return compare(program, randomSteps({ seed, signals, portfolioIds }), randomSettings(portfolioIds))
}

async function compare(program: JavaProgram, steps: readonly Step[], settings: RunSettings): Promise<Comparison> {
  const registry = memoryRegistry()
  const own = await ownRun(steps, settings, registry)
  return compareOutputs(own, await javaRun(program, steps, settings, registry))
}
