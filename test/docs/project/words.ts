export const wordsOf = (line: string) => line.toLowerCase().match(/\w+/g) ?? []

export const word = (value: string) => value
