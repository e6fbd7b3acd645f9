import { execFileSync } from 'node:child_process'
import * as assert from 'uvu/assert'
import { findPromtool, firingAlerts, rules, type SeriesInput } from '../support/prometheus.ts'
import { skipFile, suite } from '../support/suite.ts'

const promtool = findPromtool()
if ('missing' in promtool) skipFile(promtool.missing)

const worker = 'job="millrace-worker",instance="w1"'
const gateway = 'job="millrace-gateway",instance="g1"'

/** A case of each alert: series under which it fires at that minute and alone, and like series under which nothing does. */
const cases: Readonly<
  Record<string, { readonly minute: number; readonly fires: SeriesInput; readonly quiet: SeriesInput }>
> = {
  MillraceServerAway: {
    minute: 8,
    fires: { [`millrace_task_waiting{task="add_0",${worker}}`]: '0 0 1x10' },
    quiet: { [`millrace_task_waiting{task="add_0",${worker}}`]: '1 1 1 0x10' },
  },
  MillraceTaskStuck: {
    minute: 3,
    fires: { [`millrace_task_stuck{task="add_0",${worker}}`]: '0 1x5' },
    quiet: { [`millrace_task_stuck{task="add_0",${worker}}`]: '0x5' },
  },
  MillraceTaskParked: {
    minute: 3,
    fires: { [`millrace_task_parked{task="add_0",${worker}}`]: '0 1x5' },
    quiet: { [`millrace_task_parked{task="add_0",${worker}}`]: '0x5' },
  },
  MillraceTaskUnowned: {
    minute: 6,
    fires: {
      [`millrace_task_expected{task="add_0",${worker}}`]: '1x10',
      [`millrace_task_state{task="add_0",state="closed",${worker}}`]: '1x10',
      [`millrace_task_state{task="add_0",state="running",${worker}}`]: '0x10',
    },
    quiet: {
      [`millrace_task_expected{task="add_0",${worker}}`]: '1x10',
      [`millrace_task_state{task="add_0",state="closed",${worker}}`]: '0x10',
      [`millrace_task_state{task="add_0",state="running",${worker}}`]: '1x10',
    },
  },
  MillraceWorkerDown: {
    minute: 5,
    fires: { [`up{${worker}}`]: '1 1 0x10' },
    quiet: { [`up{${worker}}`]: '1 0 1x10' },
  },
  MillraceLagGrows: {
    minute: 25,
    fires: { [`millrace_task_lag_records{task="add_0",${worker}}`]: '0+50x30' },
    quiet: { [`millrace_task_lag_records{task="add_0",${worker}}`]: '5000-50x30' },
  },
  MillraceDeadLetters: {
    minute: 5,
    fires: {
      [`millrace_dead_letters_total{subtopology="add",topic="orders",stage="decode",${worker}}`]: '0 0 0 1x10',
    },
    quiet: { [`millrace_dead_letters_total{subtopology="add",topic="orders",stage="decode",${worker}}`]: '7x10' },
  },
  MillraceTasksReopened: {
    minute: 8,
    fires: { [`millrace_tasks_reopened_total{subtopology="add",code="COMMIT_UNKNOWN",${worker}}`]: '0+3x10' },
    quiet: { [`millrace_tasks_reopened_total{subtopology="add",code="FENCED",${worker}}`]: '0+3x10' },
  },
  MillraceDecisionsSlow: {
    minute: 20,
    fires: {
      [`millrace_decision_latency_seconds_bucket{le="5",${worker}}`]: '0x30',
      [`millrace_decision_latency_seconds_bucket{le="10",${worker}}`]: '0+10x30',
      [`millrace_decision_latency_seconds_bucket{le="+Inf",${worker}}`]: '0+10x30',
    },
    quiet: {
      [`millrace_decision_latency_seconds_bucket{le="5",${worker}}`]: '0+10x30',
      [`millrace_decision_latency_seconds_bucket{le="10",${worker}}`]: '0+10x30',
      [`millrace_decision_latency_seconds_bucket{le="+Inf",${worker}}`]: '0+10x30',
    },
  },
  MillraceReportsQuarantined: {
    minute: 2,
    fires: { [`millrace_quarantined_reports{reason="OVERFILL",${gateway}}`]: '0 1x5' },
    quiet: { [`millrace_quarantined_reports{reason="OVERFILL",${gateway}}`]: '0x5' },
  },
  MillraceOutboxStuck: {
    minute: 3,
    fires: { [`millrace_outbox_oldest_pending_seconds{${gateway}}`]: '0 30 90x5' },
    quiet: { [`millrace_outbox_oldest_pending_seconds{${gateway}}`]: '0 30 60x5' },
  },
  MillraceGatewayDatabaseDown: {
    minute: 4,
    fires: { [`millrace_gateway_database_up{${gateway}}`]: '1 0x10' },
    quiet: { [`millrace_gateway_database_up{${gateway}}`]: '1 0 1x10' },
  },
}

suite('alerts, as promtool evaluates them', test => {
  test('the rules are valid', () => {
    const said = execFileSync(promtool.path, ['check', 'rules', 'ops/monitoring/alerts.yaml'], { encoding: 'utf8' })
    assert.match(said, new RegExp(`SUCCESS: ${rules().length} rules found`))
  })

  test('every alert has a case here', () => {
    assert.equal(Object.keys(cases).sort(), rules().sort())
  })

  test('MillraceTaskUnowned fires for a processor that no worker runs', () => {
    const series = {
      [`millrace_task_expected{task="add_0",${worker}}`]: '1x10',
      [`millrace_task_state{task="add_0",state="running",${worker}}`]: '1x10',
      [`millrace_task_expected{task="ship_0",${worker}}`]: '1x10',
    }
    assert.equal(firingAlerts(promtool.path, series, 6), ['MillraceTaskUnowned'])
  })

  test('MillraceWorkerDown fires when Prometheus finds no worker', () => {
    const gone = { [`up{${worker}}`]: '1 1 1 _x10' }
    assert.equal(firingAlerts(promtool.path, gone, 10), ['MillraceWorkerDown'])
  })

  for (const [alert, { minute, fires, quiet }] of Object.entries(cases))
    test(`${alert} fires on its trouble, alone, and is silent on what is no trouble`, () => {
      assert.equal(firingAlerts(promtool.path, fires, minute), [alert])
      assert.equal(firingAlerts(promtool.path, quiet, minute), [])
    })
})
