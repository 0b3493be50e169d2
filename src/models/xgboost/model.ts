// The document of an XGBoost model, from JSON or from UBJSON.
import { compileForestExplainer } from '../forest/explain.ts'
import type { Forest } from '../forest/forest.ts'
import { compileForest } from '../forest/score.ts'
import type { NativeParts } from '../native.ts'
import { readArray, readNumbers, readObject, readText, readWhole, refuse } from '../reading.ts'
import { readBases, readParameter } from './fields.ts'
import { readInputs } from './inputs.ts'
import { compileLinear, compileLinearExplainer, readLinear } from './linear.ts'
import { readObjective } from './objective.ts'
import { readTree, type Budget } from './tree.ts'

const MOST_WORDS = 1 << 22

/**
 * Everything in single precision, as XGBoost computes: the base first, then the leaves in the order of the trees.
 * Where training stopped early, the trees after the best iteration are left out, as XGBClassifier's `predict` does.
 */
export function readModel(document: unknown): Omit<NativeParts, 'format'> {
  const learner = readObject(readObject(document, 'file').learner, 'learner')
  const parameters = readObject(learner.learner_model_param, 'learner.learner_model_param')
  const parameter = (name: string, max: number, fallback: number): number => (parameters[name] === undefined ? fallback : readParameter(parameters[name], `learner.learner_model_param.${name}`, 0, max))
  const size = parameter('num_feature', 1 << 24, 0)
  const width = Math.max(parameter('num_class', 1 << 16, 0), parameter('num_target', 1 << 16, 1), 1)
  const { margin, ...objective } = readObjective(readText(readObject(learner.objective, 'learner.objective').name, 'learner.objective.name'), width)
  const bases = readBases(parameters.base_score, 'learner.learner_model_param.base_score', width).map((base, s) => {
    const raw = Math.fround(margin(base))
    return Number.isFinite(raw) ? raw : refuse(`learner.learner_model_param.base_score[${s}]`, 'is outside the range of the objective')
  })
  const booster = readObject(learner.gradient_booster, 'learner.gradient_booster')
  const name = readText(booster.name, 'learner.gradient_booster.name')
  if (name === 'gblinear') {
    const inputs = readInputs(learner, null, size)
    // Its margin is the first base for every score (XGBoost 3.2 and before).
    const linear = readLinear(readObject(booster.model, 'learner.gradient_booster.model'), size, bases.map(() => bases[0]))
    return { ...objective, inputs, rounding: 'single', score: compileLinear(linear), makeExplainer: () => compileLinearExplainer(linear) }
  }
  if (name !== 'gbtree' && name !== 'dart') refuse('learner.gradient_booster.name', 'must be gbtree, dart or gblinear')
  const model = readObject((booster.gbtree === undefined ? booster : readObject(booster.gbtree, 'learner.gradient_booster.gbtree')).model, 'learner.gradient_booster.model')
  const inputs = readInputs(learner, model, size)
  const forest: Forest = { size, base: bases, single: true, trees: readTrees(learner, booster, model, size, width) }
  return { ...objective, inputs, rounding: 'single', score: compileForest(forest), makeExplainer: () => compileForestExplainer(forest) }
}

function readTrees(learner: Record<string, unknown>, booster: Record<string, unknown>, model: Record<string, unknown>, size: number, width: number): Forest['trees'] {
  const all = readArray(model.trees, 'trees')
  const groups = readNumbers(model.tree_info, 'tree_info', all.length)
  const dropped = booster.weight_drop ?? model.weight_drop
  const weights = dropped === undefined ? null : readNumbers(dropped, 'weight_drop')
  if (weights !== null && weights.length !== all.length && weights.length !== 0) refuse('weight_drop', `must have ${all.length} items, and has ${weights.length}`)
  const budget: Budget = { words: MOST_WORDS }
  return all.slice(0, lastTree(learner, model, all.length, width)).map((value, i) => {
    const weight = weights === null || weights.length === 0 ? 1 : Math.fround(weights[i])
    if (!Number.isFinite(weight)) refuse(`weight_drop[${i}]`, 'must be a finite number')
    return readTree(value, `trees[${i}]`, size, readWhole(groups[i], `tree_info[${i}]`, 0, width - 1), weight, budget)
  })
}

/** How many trees count: all, or those up to the best iteration of early stopping. */
function lastTree(learner: Record<string, unknown>, model: Record<string, unknown>, count: number, width: number): number {
  const best = learner.attributes === undefined ? undefined : readObject(learner.attributes, 'learner.attributes').best_iteration
  if (best === undefined) return count
  const iteration = readParameter(best, 'learner.attributes.best_iteration', 0, 1 << 24)
  if (model.iteration_indptr !== undefined) {
    const ends = readNumbers(model.iteration_indptr, 'iteration_indptr')
    if (iteration + 1 >= ends.length) refuse('learner.attributes.best_iteration', `must be below ${ends.length - 1}, the number of iterations`)
    return readWhole(ends[iteration + 1], `iteration_indptr[${iteration + 1}]`, 0, count)
  }
  const parallel = readParameter(readObject(model.gbtree_model_param, 'gbtree_model_param').num_parallel_tree, 'gbtree_model_param.num_parallel_tree', 1, 1 << 24)
  return Math.min(count, (iteration + 1) * parallel * width)
}
