import type { Message, VersionRange } from './message.ts'

/**
 * ApiVersions v2: the requests that a broker takes, in which versions. Every broker since Kafka 2.0 takes it.
 *
 *     =>
 *     <= error(INT16) [api_key(INT16) oldest(INT16) newest(INT16)] throttle(INT32)
 */
export function apiVersionsRequest(): Message<{
  readonly errorCode: number
  readonly versions: ReadonlyMap<number, VersionRange>
}> {
  return {
    api: 'ApiVersions',
    apiKey: 18,
    versions: [2, 2],
    flexibleFrom: 3,
    encode() {},
    decode(reader) {
      const errorCode = reader.int16()
      const versions = reader.array(() => [reader.int16(), [reader.int16(), reader.int16()]] as const)
      return { errorCode, versions: new Map(versions) }
    },
  }
}
