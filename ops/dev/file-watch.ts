import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs'
import { join, relative } from 'node:path'
import { systemClock } from '../../topology/runtime/system-clock.ts'

/** Watches the sources of a project until it is closed. */
export interface FileWatch {
  close(): void
}

const sources = /\.([cm]?[jt]s|json|ya?ml|avsc)$/
const leftOut = /^(node_modules|dist|coverage|\..*)$/
/** Editors write a file in several steps. Units: ms. */
const settleMs = 100

/**
 * Calls `changed` with the path of a source file (TypeScript, JavaScript, YAML, JSON, .avsc) of a folder that has changed, once
 * for changes that come together. Packages, tests and hidden folders are left out.
 */
export function watchFiles(folder: string, changed: (file: string) => void): FileWatch {
  const watchers = new Map<string, FSWatcher>()
  let known = new Map<string, string>()
  let timer: { cancel(): void } | undefined

  /** The state of each source file; folders that are new are watched from now on. */
  function look(): Map<string, string> {
    const found = new Map<string, string>()
    const visit = (path: string) => {
      if (!watchers.has(path)) watchers.set(path, watch(path, settle).on('error', settle))
      for (const entry of readdirSync(path, { withFileTypes: true })) {
        const inner = join(path, entry.name)
        if (entry.isDirectory() && !leftOut.test(entry.name)) visit(inner)
        else if (entry.isFile() && sources.test(entry.name) && !/\.test\.[cm]?[jt]s$/.test(entry.name))
          found.set(inner, stampOf(inner))
      }
    }
    visit(folder)
    return found
  }

  function settle(): void {
    timer?.cancel()
    timer = systemClock.after(settleMs, () => {
      const now = look()
      const different = [...now.keys(), ...known.keys()].find(file => now.get(file) !== known.get(file))
      known = now
      if (different !== undefined) changed(relative(folder, different))
    })
  }

  known = look()
  return {
    close() {
      timer?.cancel()
      for (const watcher of watchers.values()) watcher.close()
    },
  }
}

/** A file's size and time of change; empty when it has just gone. */
function stampOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false })
  return stats === undefined ? '' : `${stats.size} ${stats.mtimeMs}`
}
