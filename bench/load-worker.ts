// Keep-alive HTTP load from a thread of its own: raw sockets, one request in flight on each, bounded by time.
import { connect, type Socket } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import type { LoadJob } from './load.ts'

const { port, path, bodies, connections, seconds, token, numberFrom, tolerant = false } = workerData as LoadJob
const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`
const wire = (body: string): string => `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n${authorization}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
const requests = bodies.map(body => Buffer.from(wire(body)))
const texts = bodies.map(wire)
const latencies: number[] = []
let failed = 0
let next = 0
const until = performance.now() + seconds * 1_000

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
      sent = performance.now()
      socket.write(nextRequest())
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
      const length = Number(/content-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? 0)
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
