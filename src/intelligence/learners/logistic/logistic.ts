// Logistic regression: the baseline that a candidate has to beat.
import { encodeLinear, LINEAR_FORMAT, log, sigmoid } from '../../../models/index.ts'
import type { Learner, TrainInput, TrainOutput } from '../learner.ts'
import { auc, logloss } from '../metrics.ts'
import { designOf, linearOf, multiply, multiplyTransposed, type Design } from './design.ts'
import { minimize, type Objective } from './minimize.ts'
import { LOGISTIC_PARAMETERS, type LogisticParams } from './params.ts'

/** Logistic regression; parameters in `LOGISTIC_PARAMETERS`. The seed changes nothing. Its artifact has the format `slipway-linear/1`. */
export const logistic: Learner = { name: 'logistic', parameters: LOGISTIC_PARAMETERS, train: trainLinear }

function trainLinear(input: TrainInput): TrainOutput {
  const { examples: { rows, label }, seed, validationRows, onProgress } = input
  const params = input.params as LogisticParams
  const trainRows = rows - validationRows
  const design = designOf(input.examples, trainRows, params)
  const penalty = params.l2 / trainRows

  const margins = new Float64Array(trainRows)
  const residuals = new Float64Array(trainRows)
  const objective: Objective = (w, gradient) => {
    multiply(design, w, margins)
    let loss = 0
    for (let i = 0; i < trainRows; i++) {
      // softplus(m) = log(1 + e^m), without overflow; 1 + e^-|m| is in [1, 2].
      const m = margins[i]
      const p = sigmoid(m)
      loss += (m > 0 ? m - log(p) : -log(1 - p)) - label[i] * m
      residuals[i] = p - label[i]
    }
    multiplyTransposed(design, residuals, gradient)
    let squares = 0
    for (let j = 0; j < gradient.length; j++) {
      gradient[j] /= trainRows
      if (j > 0) { gradient[j] += penalty * w[j]; squares += w[j] * w[j] }
    }
    return loss / trainRows + penalty / 2 * squares
  }

  const start = new Float64Array(design.width)
  let positives = 0
  for (let i = 0; i < trainRows; i++) positives += label[i]
  const p = positives / trainRows
  start[0] = log(positives / (trainRows - positives))
  const found = minimize(objective, start, inverseCurvature(design, margins, p * (1 - p), penalty), {
    tolerance: params.tolerance, steps: params.steps,
    onStep: (iteration, metric) => { onProgress?.({ iteration, of: params.steps, metric }) },
  })

  const raw = new Float64Array(rows)
  multiply(design, found.w, raw)
  return {
    artifact: encodeLinear(linearOf(design, found.w)),
    format: LINEAR_FORMAT,
    summary: {
      learner: 'logistic', params, seed, trainRows, validationRows, iterations: found.steps, tried: found.steps,
      metrics: {
        converged: Number(found.converged),
        trainLogloss: logloss(raw, label, 0, trainRows),
        ...(validationRows > 0 ? { validationLogloss: logloss(raw, label, trainRows, rows), validationAuc: auc(raw, label, trainRows, rows) } : {}),
      },
      importance: importanceOf(design, found.w, trainRows),
    },
  }
}

/** 1 / diagonal of the Hessian at p = the base rate. */
function inverseCurvature(design: Design, ones: Float64Array, hessian: number, penalty: number): Float64Array {
  const diagonal = new Float64Array(design.width)
  multiplyTransposed(design, ones.fill(hessian), diagonal, true)
  return diagonal.map((d, j) => { const c = d / ones.length + (j > 0 ? penalty : 0); return c > 0 ? 1 / c : 1 })
}

/** The standard deviation of what each feature adds to the raw score over the training rows, as shares. */
function importanceOf(design: Design, w: Float64Array, rows: number): { feature: string; share: number }[] {
  const added = new Float64Array(rows)
  const spreads = design.blocks.map(block => {
    const alone = new Float64Array(w.length)
    const end = block.kind === 'category' ? block.weight + block.categories.length + 2 : block.weight + (block.missing === null ? 1 : 2)
    alone.set(w.subarray(block.weight, end), block.weight)
    multiply({ ...design, blocks: [block] }, alone, added)
    let mean = 0
    for (let i = 0; i < rows; i++) mean += added[i] / rows
    let squares = 0
    for (let i = 0; i < rows; i++) squares += (added[i] - mean) ** 2
    return Math.sqrt(squares / rows)
  })
  const total = spreads.reduce((a, b) => a + b, 0)
  return design.blocks.map((b, i) => ({ feature: b.name, share: total > 0 ? spreads[i] / total : 0 })).sort((a, b) => b.share - a.share)
}
