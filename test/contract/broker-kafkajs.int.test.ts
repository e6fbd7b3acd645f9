import { realParts } from '../support/real-parts.ts'
import { brokerConformance } from './broker.ts'
import { kafkaConformance, kafkaUnderTest } from './kafka-under-test.ts'

const { kafka } = await realParts({ kafka: true })
const brokers = kafka.url.split(',')

brokerConformance('kafkajs on a real Kafka', () => kafkaUnderTest({ brokers }), kafkaConformance)
