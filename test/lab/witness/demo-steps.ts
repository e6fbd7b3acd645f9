import { readPrices } from '../../../ops/trading/demo/prices.ts'
import { signalsOf, strategiesOf } from '../../../ops/trading/demo/strategy.ts'
import { signalEvent } from '../../../processors/domain/shared/signal-event.ts'
import { instruments, limits } from '../../../processors/settings.ts'
import { tradingSignals } from '../../../processors/topics.ts'
import { recordOf, registrationStep, type Step } from './step.ts'

/** The demo: its instruments, then the signals of its strategies, each after the pipeline has come to rest. */
export function demoSteps(): readonly Step[] {
  const signals = signalsOf(readPrices(), strategiesOf([...limits.portfolios.keys()]))
  const first = Math.min(...signals.map(({ at }) => at))
  return [
    ...instruments.map(instrument => registrationStep(instrument, first)),
    'pause',
    ...signals.flatMap(({ signal, at }): Step[] => [
      recordOf(tradingSignals, signalEvent(signal, at, 'demo')),
      'pause',
    ]),
  ]
}
