/** The topology of this project: the example of README. */
export { counts, lines, wordCount, wordCount as default } from '../../../examples/word-count.ts'
