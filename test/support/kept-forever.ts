/**
 * Config of a topic whose records hold old dates, or none. Brokers count retention by event time, and look every few minutes:
 * a test would lose its records now and then.
 */
export const keptForever = { 'retention.ms': '-1' } as const
