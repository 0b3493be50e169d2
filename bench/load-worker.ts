// Keep-alive HTTP load from a thread of its own: raw sockets, one request in flight on each, bounded by time.
import { connect, type Socket } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import type { LoadJob } from './load.ts'

const { port, path, bodies, connections, seconds, token, numberFrom, tolerant = false, headers = '', rate } = workerData as LoadJob
const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`
const headOf = (length: number): string => `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n${authorization}${headers}Content-Length: ${length}\r\n\r\n`
const requests = bodies.map(body => Buffer.concat([Buffer.from(headOf(Buffer.byteLength(body))), Buffer.from(body as Uint8Array)]))
const texts = numberFrom === undefined ? [] : bodies.map(body => `${headOf(Buffer.byteLength(body))}${body as string}`)
const latencies: number[] = []
let failed = 0
let next = 0
const began = performance.now()
const until = began + seconds * 1_000

function nextRequest(): Buffer | string {
  const n = next++
  if (numberFrom === undefined) return requests[n % requests.length]
  return texts[n % texts.length].replace(/@N*@/g, place => String(numberFrom + n).padStart(place.length, '0').slice(-place.length))
}

function drive(): Promise<void> {
  return new Promise((resolve, reject) => {
    let socket: Socket
    let sent = 0
    let text = ''
    const send = (): void => {
      if (performance.now() >= until) { socket.removeAllListeners('close'); socket.destroy(); resolve(); return }
      if (rate === undefined) { sent = performance.now(); socket.write(nextRequest()); return }
      const due = began + (next / rate) * 1_000
      const request = nextRequest()
      const write = (): void => { sent = due; socket.write(request) }
      if (due <= performance.now()) write()
      else setTimeout(write, due - performance.now())
    }
    const broken = (): void => {
      if (!tolerant) { reject(new Error(`a connection to port ${port} broke`)); return }
      failed++
      text = ''
      open()
    }
    const hear = (chunk: Buffer): void => {
      text += chunk.toString('latin1')
      const head = text.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? 0)
      if (text.length < head + 4 + length) return
      latencies.push(performance.now() - sent)
      if (!text.startsWith('HTTP/1.1 200')) { failed++; if (failed === 1) parentPort!.postMessage({ sample: text.slice(0, 600) }) }
      text = ''
      send()
    }
    const open = (): void => {
      if (performance.now() >= until) { resolve(); return }
      socket = connect({ port, host: '127.0.0.1', noDelay: true })
      socket.on('data', hear)
      // What comes after an error is a close.
      socket.on('error', () => {})
      socket.on('close', broken)
      socket.on('connect', send)
    }
    open()
  })
}

const started = performance.now()
await Promise.all(Array.from({ length: connections }, drive))
latencies.sort((a, b) => a - b)
parentPort!.postMessage({
  perSecond: latencies.length / ((performance.now() - started) / 1_000), failed,
  p50: latencies[Math.floor(latencies.length * 0.5)], p99: latencies[Math.floor(latencies.length * 0.99)],
})
