/** An answer's JSON, which tests look into; what they find is asserted. */
// biome-ignore lint/suspicious/noExplicitAny: its shape is what is under test
export type AnyJson = any
