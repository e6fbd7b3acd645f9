import { fileURLToPath } from 'node:url'
import { kafkaVersion } from '../../../ops/cluster/kafka-native.ts'
import { type JavaProgram, javaProgram } from '../vectors/java-program.ts'

/**
 * The programs of this folder that use Kafka's own Java clients. Errors: FatalError UNSUPPORTED without a JDK of version 17,
 * Maven or the network.
 */
export function kafkaProgram(): Promise<JavaProgram> {
  return javaProgram({
    asks: "Kafka's own clients",
    name: `kafka-${kafkaVersion}`,
    artifacts: [
      { groupId: 'org.apache.kafka', artifactId: 'kafka_2.13', version: kafkaVersion },
      { groupId: 'org.slf4j', artifactId: 'slf4j-simple', version: '1.7.36' },
    ],
    sources: fileURLToPath(new URL('java', import.meta.url)),
  })
}
