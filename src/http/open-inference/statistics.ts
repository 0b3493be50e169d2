// The statistics extension: counts and times of inferences since the start, in the shape that Triton gives them.

interface Duration { count: number; ns: number }
interface BatchStatistics { batch_size: number; compute_input: Duration; compute_infer: Duration; compute_output: Duration }

/** Of one model and version. A row is an inference, a request an execution. */
export interface ModelStatistics {
  name: string
  version: string
  /** Milliseconds since 1970; 0 before the first. */
  last_inference: number
  inference_count: number
  execution_count: number
  inference_stats: Record<'success' | 'fail' | 'queue' | 'compute_input' | 'compute_infer' | 'compute_output' | 'cache_hit' | 'cache_miss', Duration>
  batch_stats: BatchStatistics[]
}

/** Takes the times of one inference. */
export interface Watch {
  /** The inputs are read. */
  read(): void
  /** The predictions are durable. */
  computed(): void
}

export interface Statistics {
  start(): Watch
  succeeded(model: string, version: string, rows: number, watch: Watch): void
  failed(model: string, version: string, watch: Watch): void
  /** Zeroes for what has not been asked. */
  of(model: string, version: string): ModelStatistics
}

const none = (): Duration => ({ count: 0, ns: 0 })

export function openStatistics(): Statistics {
  const kept = new Map<string, { total: ModelStatistics; batches: Map<number, BatchStatistics> }>()
  const entry = (model: string, version: string): { total: ModelStatistics; batches: Map<number, BatchStatistics> } => {
    const key = `${model}\u0000${version}`
    let found = kept.get(key)
    if (found === undefined) kept.set(key, found = { total: emptyStatistics(model, version), batches: new Map() })
    return found
  }
  return {
    start: () => new Times(),
    succeeded(model, version, rows, watch) {
      const { total, batches } = entry(model, version)
      const { input, infer, output } = (watch as Times).split()
      total.last_inference = Date.now()
      total.inference_count += rows
      total.execution_count++
      let batch = batches.get(rows)
      if (batch === undefined) batches.set(rows, batch = { batch_size: rows, compute_input: none(), compute_infer: none(), compute_output: none() })
      const { inference_stats: all } = total
      add(all.success, input + infer + output)
      // Nothing waits in a queue of its own: what waits for the disk is part of the inference.
      add(all.queue, 0)
      for (const part of [all, batch]) { add(part.compute_input, input); add(part.compute_infer, infer); add(part.compute_output, output) }
    },
    failed(model, version, watch) { add(entry(model, version).total.inference_stats.fail, (watch as Times).total()) },
    of(model, version) {
      const found = kept.get(`${model}\u0000${version}`)
      return found === undefined ? emptyStatistics(model, version) : { ...found.total, batch_stats: [...found.batches.values()].sort((a, b) => a.batch_size - b.batch_size) }
    },
  }
}

class Times implements Watch {
  readonly #started = process.hrtime.bigint()
  #read = this.#started
  #computed = this.#started
  read(): void { this.#read = process.hrtime.bigint() }
  computed(): void { this.#computed = process.hrtime.bigint() }
  total(): number { return Number(process.hrtime.bigint() - this.#started) }
  split(): { input: number; infer: number; output: number } {
    return { input: Number(this.#read - this.#started), infer: Number(this.#computed - this.#read), output: Number(process.hrtime.bigint() - this.#computed) }
  }
}

function add(to: Duration, ns: number): void { to.count++; to.ns += ns }

function emptyStatistics(name: string, version: string): ModelStatistics {
  return {
    name, version, last_inference: 0, inference_count: 0, execution_count: 0,
    inference_stats: { success: none(), fail: none(), queue: none(), compute_input: none(), compute_infer: none(), compute_output: none(), cache_hit: none(), cache_miss: none() },
    batch_stats: [],
  }
}
