import * as assert from 'uvu/assert'
import { hasLines, runbookSteps, wordsOf } from './runbook.ts'
import { suite } from './suite.ts'

const page = `
# A page

1. Look:
   \`\`\`sh
   npx millrace outbox list       # those that are stuck
   # EVENT  STATE
   # <event-id>  stuck  ... topic
   npm run replay -- --from-topic=orders.fills
   # exit code 1
   \`\`\`

\`\`\`sql
select 1
\`\`\`
`

suite('runbooks', test => {
  test('a block of sh is commands, each with the lines that it prints and its exit code', () => {
    assert.equal(runbookSteps(page), [
      {
        command: 'npx millrace outbox list',
        prints: ['EVENT  STATE', '<event-id>  stuck  ... topic'],
        exitCode: 0,
      },
      { command: 'npm run replay -- --from-topic=orders.fills', prints: [], exitCode: 1 },
    ])
  })

  test('a block with anything else is refused', () => {
    assert.throws(
      () => runbookSteps('```sh\nkafka-topics.sh --list\n```'),
      /neither a command of millrace nor a comment/,
    )
    assert.throws(() => runbookSteps('```sh\n# nothing ran\n```'), /no command stands above/)
  })

  test('the words of a command are those that a shell would give, after the file that runs it', () => {
    assert.equal(wordsOf('npx millrace dlq drop --at=x/3/41 --reason="sent by hand" --apply'), [
      'ops/cli.ts',
      'dlq',
      'drop',
      '--at=x/3/41',
      '--reason=sent by hand',
      '--apply',
    ])
    assert.equal(wordsOf('npm run replay -- --from=1'), ['ops/cli.ts', 'replay', '--from=1'])
    assert.equal(wordsOf('npm run chaos -- --minutes=5'), ['test/lab/cli.ts', 'chaos', '--minutes=5'])
    assert.throws(() => wordsOf('npm run types'), /no script 'types' that runs a command/)
    assert.throws(() => wordsOf('rm -rf /'), /no command of millrace/)
  })

  test('lines are met in their order, whole, with dots for any text', () => {
    const said = 'EVENT   STATE\n  a-1   stuck  on a topic\nend\n'
    assert.ok(hasLines(said, ['EVENT STATE', 'a-1 stuck ... topic']))
    assert.not(hasLines(said, ['a-1 stuck ... topic', 'EVENT STATE']), 'in another order')
    assert.not(hasLines(said, ['a-1 stuck']), 'half a line')
    assert.not(hasLines(said, ['a.1 stuck on a topic']), 'a dot alone is a dot')
  })
})
