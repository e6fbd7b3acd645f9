import * as assert from 'uvu/assert'
import { openGateway } from '../../../gateway/gateway.ts'
import { freePorts } from '../../../ops/cluster/free-port.ts'
import { openConsole } from '../../../ops/console/console.ts'
import { consoleSource } from '../../../ops/console/source.ts'
import { servePort } from '../../../ops/console/worker-port.ts'
import { buildGraph } from '../../../topology/definition/graph.ts'
import { portAccess } from '../../../topology/http/port-access.ts'
import { systemClock } from '../../../topology/runtime/system-clock.ts'
import { suite } from '../../support/suite.ts'
import shop from '../fixtures/console-topology.ts'

const graph = buildGraph(shop)
const [closed, port] = await freePorts(2)
const nowhere = { kafka: { brokers: `127.0.0.1:${closed}` }, registry: undefined, schema: undefined }
const postgres = `postgres://nobody@127.0.0.1:${closed}/none`

suite('ports of the console', test => {
  test("a worker's port has it from the first moment, without any server", async () => {
    const serving = await servePort(() => undefined, {
      graph,
      servers: { ...nowhere, postgres },
      port: port!,
      access: portAccess(),
      logLevel: 'silent',
    })
    try {
      const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
      const page = await get('/console')
      assert.is(page.status, 200)
      assert.match(String(page.headers.get('Content-Security-Policy')), "default-src 'none'; connect-src 'self'")
      for (const path of ['/console/main.js', '/console/theme.css', '/healthz', '/status'])
        assert.is((await get(path)).status, 200, path)
      const found = (await (await get('/console/data/topology')).json()) as Record<string, unknown>
      assert.equal([found.name, found.kafka, found.writes, found.produces], ['shop', true, false, false])
    } finally {
      await serving.close()
    }
  })

  test('a gateway that knows no Kafka shows stores, and says why it shows no more', async () => {
    const source = consoleSource({ graph, servers: { postgres }, clock: systemClock })
    const shown = openConsole({ source, clock: systemClock, report: () => {} })
    const options = { databaseUrl: postgres, topology: shop, clock: systemClock, report: () => {} }
    const gateway = openGateway({ ...options, console: shown })
    const ask = async (path: string) => gateway.app.request(path)
    assert.is((await ask('/console')).status, 200)
    assert.is(((await (await ask('/console/data/topology')).json()) as { kafka: boolean }).kafka, false)
    assert.is((await ask('/console/data/tail?topic=orders')).status, 404)
    assert.is((await ask('/console/data/stores/unknown')).status, 404)
    assert.equal(await (await ask('/console/data/letters')).json(), {
      letters: [],
      counts: { open: 0, retried: 0, resolved: 0, dropped: 0 },
    })
    await shown.close()
    await gateway.close()
  })
})
