import { safeguards } from '../../../../topology/broker/kafkajs/safeguards.ts'

/** Loaded before a test file: takes one safeguard of the adapter away. Its name is in MILLRACE_PLANT. */
const name = process.env.MILLRACE_PLANT as keyof typeof safeguards
if (!(name in safeguards)) throw new Error(`there is no safeguard '${name}': see topology/broker/kafkajs/safeguards.ts`)
const planted: Partial<Record<string, boolean>> = safeguards
planted[name] = false
