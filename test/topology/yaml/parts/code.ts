/** Functions alone: the YAML says what they are connected to. */
export default function process(): void {}
export const tick = () => undefined
export const isRetriable = () => true
export const occurredAt = () => 0
export const notAFunction = 7
