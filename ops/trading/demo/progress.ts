import { SingleBar } from 'cli-progress'

/** Shows the progress of a run on standard error. */
export interface Progress {
  /** Shape: `update(120)` of the total. */
  update(done: number): void
  end(): void
}

/** A bar on a terminal, nothing elsewhere: in a log, bars are useless. */
export function progressBar(total: number): Progress {
  if (!process.stderr.isTTY) return { update() {}, end() {} }
  const bar = new SingleBar({
    format: 'signals settled  {bar}  {value}/{total}  {eta_formatted}',
    stream: process.stderr,
  })
  bar.start(total, 0)
  return { update: done => bar.update(done), end: () => bar.stop() }
}
