import { string } from '../../../../topology/definition/serdes/primitives.ts'
import { topic } from '../../../../topology/definition/topic.ts'

/** Functions for streams: what they do does not matter here, only which is where. */
export const words = (line: string) => line.split(' ')
export const self = (word: string) => word
export const isLarge = (value: string) => value.length > 3
export const pair = (left: string, right: string | null) => `${left}${right}`
export const keyed = (value: string) => [value, value] as const
export const first = () => ''
export const added = (sum: string, value: string) => sum + value
export const large = topic('large', { key: string, value: string })
export const choose = () => large
export const counted = {
  name: 'counter',
  value: string,
  process: () => undefined,
}
