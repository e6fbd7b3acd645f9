import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import {
  cacheFolder,
  environmentTable,
  environmentVariables,
  readEnvironment,
} from '../../../topology/app/environment.ts'
import { TopologyError } from '../../../topology/definition/errors.ts'
import { suite } from '../../support/suite.ts'

suite('config', test => {
  test('an empty environment is valid', () => {
    const config = readEnvironment({})
    assert.is(config.KAFKA_BROKERS, undefined)
    assert.is(config.CI, false)
    assert.is(config.LOG_LEVEL, 'info')
  })

  test('values are read into their types', () => {
    const config = readEnvironment({
      KAFKA_BROKERS: 'a:1,b:2',
      CI: 'true',
      DATABASE_URL: 'postgresql://u:p@127.0.0.1/db',
    })
    assert.equal(config.KAFKA_BROKERS, ['a:1', 'b:2'])
    assert.is(config.CI, true)
    assert.is(config.DATABASE_URL, 'postgresql://u:p@127.0.0.1/db')
  })

  test('an empty variable counts as unset', () => {
    assert.is(readEnvironment({ KAFKA_BROKERS: '' }).KAFKA_BROKERS, undefined)
  })

  test('all problems are said at once, each with its remedy and without the value', () => {
    const environment = { KAFKA_BROKERS: 'localhost', DATABASE_URL: 'mysql://root:secret@db', CI: 'perhaps' }
    try {
      readEnvironment(environment)
      assert.unreachable()
    } catch (error) {
      assert.instance(error, TopologyError)
      const { code, message } = error as TopologyError
      assert.is(code, 'CONFIG_INVALID')
      assert.equal(
        message.split('\n').map(line => line.split(' ')[0]),
        ['KAFKA_BROKERS', 'DATABASE_URL', 'CI'],
      )
      assert.ok(message.split('\n').every(line => /: set it like .*, or unset it$/.test(line)))
      assert.not.match(message, 'secret')
    }
  })

  test('every example is valid', () => {
    for (const [name, { example }] of Object.entries(environmentVariables)) {
      assert.not.throws(() => readEnvironment({ [name]: example }), undefined, name)
    }
  })

  test('a secret may stand in a file of its own, and in one place only', () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-secret-'))
    const file = join(folder, 'password')
    try {
      writeFileSync(file, 'hush\n')
      assert.is(readEnvironment({ KAFKA_PASSWORD_FILE: file }).KAFKA_PASSWORD, 'hush')
      assert.is(
        readEnvironment({ DATABASE_URL_FILE: '', DATABASE_URL: 'postgres://h/d' }).DATABASE_URL,
        'postgres://h/d',
      )
      assert.throws(
        () => readEnvironment({ KAFKA_PASSWORD_FILE: file, KAFKA_PASSWORD: 'x' }),
        /are both set: unset one/,
      )
      assert.throws(
        () => readEnvironment({ DATABASE_PASSWORD_FILE: join(folder, 'none') }),
        /^DATABASE_PASSWORD_FILE cannot be read, ENOENT/,
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('the cache folder follows the usual variables', () => {
    assert.is(cacheFolder(readEnvironment({ MILLRACE_CACHE: '/a' })), '/a')
    assert.is(cacheFolder(readEnvironment({ XDG_CACHE_HOME: '/b' })), '/b/millrace')
  })

  test('the table has a row for every variable', () => {
    const rows = environmentTable().split('\n').slice(2)
    assert.is(rows.length, Object.keys(environmentVariables).length)
    assert.ok(rows[0]?.startsWith('| `KAFKA_BROKERS` |'))
  })

  test('no other file reads the environment', () => {
    const folders = ['topology', 'schemas', 'store', 'processors', 'gateway', 'ops']
    const readers = folders.flatMap(folder =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter(path => /\.(ts|mjs)$/.test(path))
        .map(path => `${folder}/${path}`)
        .filter(path => readFileSync(path, 'utf8').includes('process.env')),
    )
    assert.equal(readers, ['topology/app/environment.ts'])
  })
})
