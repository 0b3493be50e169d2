// Keep-alive HTTP load from a thread of its own: raw sockets, one request in flight on each, bounded by time.
import { connect, type Socket } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

interface Job { port: number; path: string; bodies: string[]; connections: number; seconds: number }

const { port, path, bodies, connections, seconds } = workerData as Job
const requests = bodies.map(body => Buffer.from(`POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`))
const latencies: number[] = []
let failed = 0
let next = 0
const until = performance.now() + seconds * 1_000

function drive(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = 0
    let text = ''
    const send = (): void => {
      if (performance.now() >= until) { socket.destroy(); resolve(); return }
      sent = performance.now()
      socket.write(requests[next++ % requests.length])
    }
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      const head = text.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/content-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? 0)
      if (text.length < head + 4 + length) return
      latencies.push(performance.now() - sent)
      if (!text.startsWith('HTTP/1.1 200')) { failed++; if (failed === 1) parentPort!.postMessage({ sample: text.slice(0, 600) }) }
      text = ''
      send()
    })
    socket.on('error', reject)
    socket.on('connect', send)
  })
}

const started = performance.now()
await Promise.all(Array.from({ length: connections }, () => drive(connect({ port, host: '127.0.0.1', noDelay: true }))))
latencies.sort((a, b) => a - b)
parentPort!.postMessage({
  perSecond: latencies.length / ((performance.now() - started) / 1_000), failed,
  p50: latencies[Math.floor(latencies.length * 0.5)], p99: latencies[Math.floor(latencies.length * 0.99)],
})
