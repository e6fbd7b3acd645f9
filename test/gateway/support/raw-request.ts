import { connect, type Socket } from 'node:net'

/** A connection on which a test writes its bytes itself, as an attacker does. */
export interface RawConnection {
  readonly socket: Socket
  /** Everything that was received so far. */
  received(): string
  /** Resolves when the other side has closed it. */
  readonly closed: Promise<void>
}

/** Connects to a port of loopback, and writes `text`. Errors: those of the connection. */
export async function rawConnection(port: number, text = ''): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  socket.setEncoding('utf8')
  socket.on('data', data => {
    received += data
  })
  socket.on('error', () => {})
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  if (text !== '') socket.write(text)
  return { socket, received: () => received, closed }
}

/** One request, and everything that is answered before the connection closes. Shape of `lines`: `['GET / HTTP/1.1', 'Host: a']`. */
export async function rawAnswer(port: number, ...lines: readonly string[]): Promise<string> {
  const [first, ...headers] = lines
  const text = [first, ...headers, 'Connection: close', '', ''].join('\r\n')
  const connection = await rawConnection(port, text)
  await connection.closed
  return connection.received()
}
