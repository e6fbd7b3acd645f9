import { realParts } from '../../support/real-parts.ts'
import { suite } from '../../support/suite.ts'
import { tellOfPatterns } from './pattern-story.ts'

const { kafka, prefix, database } = await realParts({ kafka: true, postgres: true })

suite(
  'topics of patterns on a real Kafka',
  test => {
    test('are found at the start and later, by every worker; others are left out, those that go are left', async () => {
      await tellOfPatterns(prefix, { kafka: kafka.url, postgres: await database() })
    })
  },
  { timeoutMs: 180_000 },
)
