declare module 'snappyjs' {
  export function uncompress(compressed: Uint8Array): Uint8Array
  export function compress(plain: Uint8Array): Uint8Array
}

declare module 'lz4js' {
  /** Returns the index after the last byte written to `target`. */
  export function decompressBlock(
    source: Uint8Array,
    target: Uint8Array,
    sourceIndex: number,
    sourceLength: number,
    targetIndex: number,
  ): number
  export function compress(plain: Uint8Array): Uint8Array
}
