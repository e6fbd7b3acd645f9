/** The problems with which a write may be answered, whatever it writes. */
export const writeProblems = [
  'invalid-request',
  'conflict',
  'body-too-large',
  'unsupported-media-type',
  'not-ready',
  'unavailable',
  'timeout',
] as const
