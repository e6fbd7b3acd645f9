import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

/** A page in a real browser. */
export interface BrowserPage {
  /** The value of an expression in the page's own JavaScript, as JSON. Errors: those that it throws. */
  evaluate<T>(expression: string): Promise<T>
  /** Waits until an expression is true. Errors: after 60 s, with the text of the page. */
  until(expression: string): Promise<void>
  /** Shows the page in so many pixels, light or dark. */
  view(width: number, height: number, scheme: 'light' | 'dark'): Promise<void>
  /** The page as PNG. */
  screenshot(): Promise<Buffer>
  /** Closes the page, and the connections that it holds. */
  close(): Promise<void>
  /** Addresses of everything the page has asked for. */
  readonly requested: readonly string[]
  /** Everything that was written to the console as an error or thrown. */
  readonly errors: readonly string[]
}

/** A Chromium of its own, without a window. */
export interface Browser {
  open(url: string): Promise<BrowserPage>
  close(): Promise<void>
}

/** Tries a download again, and waits for another apt. */
const patient = ['-o', 'Acquire::Retries=5', '-o', 'DPkg::Lock::Timeout=120'] as const

/** Debian's Chromium; installed where it is missing and apt is there. Undefined, with the reason, where it is not available. */
export function findChromium(): { readonly path: string } | { readonly missing: string } {
  const found = which('chromium') ?? which('chromium-browser') ?? which('google-chrome')
  if (found) return { path: found }
  try {
    execFileSync('apt-get', [...patient, 'update', '-qq'], { stdio: 'ignore', timeout: 120_000 })
    const packages = ['chromium', 'fonts-dejavu-core']
    execFileSync('apt-get', [...patient, 'install', '-y', '-qq', '--no-install-recommends', ...packages], {
      stdio: 'ignore',
      timeout: 300_000,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  } catch {
    return { missing: 'there is no Chromium, and apt could not install one' }
  }
  const installed = which('chromium')
  return installed ? { path: installed } : { missing: 'there is no Chromium, and apt installed none' }
}

function which(command: string): string | undefined {
  try {
    return (
      execFileSync('which', [command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() || undefined
    )
  } catch {
    return undefined
  }
}

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--window-size=1320,1300',
  '--remote-debugging-pipe',
]

/** Starts Chromium and talks to it in the DevTools protocol over two pipes: JSON with a NUL after each message. */
export async function startBrowser(path: string): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'millrace-chromium-'))
  const child = spawn(path, [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  })
  const protocol = new Protocol(child)
  return {
    async open(url) {
      const { targetId } = await protocol.send<{ targetId: string }>('Target.createTarget', { url: 'about:blank' })
      const attach = { targetId, flatten: true }
      const { sessionId } = await protocol.send<{ sessionId: string }>('Target.attachToTarget', attach)
      return openPage(protocol, { sessionId, targetId }, url)
    },
    async close() {
      const ended = new Promise(resolve => child.once('exit', resolve))
      void protocol.send('Browser.close', {}).catch(() => {})
      const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
      await ended
      clearTimeout(timer)
      rmSync(profile, { recursive: true, force: true, maxRetries: 20 })
    },
  }
}

async function openPage(
  protocol: Protocol,
  { sessionId, targetId }: { readonly sessionId: string; readonly targetId: string },
  url: string,
): Promise<BrowserPage> {
  const requested: string[] = []
  const errors: string[] = []
  protocol.listen(sessionId, (method, params) => {
    if (method === 'Network.requestWillBeSent') requested.push((params as { request: { url: string } }).request.url)
    if (method === 'Runtime.exceptionThrown') errors.push(JSON.stringify(params))
    if (method === 'Log.entryAdded' && (params as { entry: { level: string } }).entry.level === 'error')
      errors.push(JSON.stringify(params))
  })
  const send = <T>(method: string, params: object = {}) => protocol.send<T>(method, params, sessionId)
  for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await send(`${domain}.enable`)
  await send('Page.navigate', { url })
  const page: BrowserPage = {
    requested,
    errors,
    async evaluate<T>(expression: string) {
      const { result, exceptionDetails } = await send<{ result: { value: T }; exceptionDetails?: unknown }>(
        'Runtime.evaluate',
        { expression, returnByValue: true, awaitPromise: true },
      )
      if (exceptionDetails) throw new Error(`the page threw: ${JSON.stringify(exceptionDetails)}`)
      return result.value
    },
    async until(expression) {
      for (let waited = 0; waited < 60_000; waited += 50) {
        if (await page.evaluate<boolean>(`(() => { try { return Boolean(${expression}) } catch { return false } })()`))
          return
        await new Promise(resolve => setTimeout(resolve, 50))
      }
      const text = await page.evaluate<string>('document.body.innerText')
      throw new Error(`never true: ${expression}; errors: ${errors.join(' ')}; the page says: ${text}`)
    },
    async view(width, height, scheme) {
      await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 500 })
      await send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] })
    },
    close: async () => void (await protocol.send('Target.closeTarget', { targetId })),
    async screenshot() {
      const { data } = await send<{ data: string }>('Page.captureScreenshot', { format: 'png' })
      return Buffer.from(data, 'base64')
    },
  }
  return page
}

type Listener = (method: string, params: unknown) => void

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: { readonly message: string }
  readonly sessionId?: string
}

class Protocol {
  readonly #input: Writable
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  readonly #listeners = new Map<string, Listener>()
  #next = 1
  #rest = ''

  constructor(child: ChildProcess) {
    this.#input = child.stdio[3] as Writable
    this.#input.on('error', () => {})
    const output = child.stdio[4] as Readable
    output.setEncoding('utf8')
    output.on('data', (text: string) => this.#read(text))
    child.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('Chromium has ended'))
      this.#waiting.clear()
    })
  }

  send<T>(method: string, params: object, sessionId?: string): Promise<T> {
    const id = this.#next++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      this.#input.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`)
    })
  }

  listen(sessionId: string, listener: Listener): void {
    this.#listeners.set(sessionId, listener)
  }

  #read(text: string): void {
    const messages = (this.#rest + text).split('\0')
    this.#rest = messages.pop() ?? ''
    for (const message of messages) this.#take(JSON.parse(message) as Message)
  }

  #take({ id, method, params, result, error, sessionId }: Message): void {
    if (id === undefined) {
      if (method && sessionId) this.#listeners.get(sessionId)?.(method, params)
      return
    }
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error) waiting?.reject(new Error(error.message))
    else waiting?.resolve(result)
  }
}
