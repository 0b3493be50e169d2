import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ProjectDefinition } from '../core/definition.ts'
import { checkProject } from './project-check.ts'

const good = (): ProjectDefinition => ({
  name: 'shop',
  entities: [{ name: 'customer', key: 'customer_id', type: 'string' }, { name: 'order', key: 'order_id', type: 'int64' }],
  datasets: [{ name: 'orders', files: ['orders.parquet'] }, { name: 'customers', files: ['a.csv', 'b.csv'] }],
  sources: [
    { name: 'orders', dataset: 'orders', id: ['order_id'], eventTime: 'at', knownAt: 'at', columns: [{ name: 'order_id', type: 'int64' }, { name: 'at', type: 'timestamp' }, { name: 'customer_id', type: 'string' }, { name: 'amount', type: 'float64' }] },
    { name: 'customers', dataset: 'customers', id: ['customer_id'], columns: [{ name: 'customer_id', type: 'string' }, { name: 'country', type: 'string' }] },
  ],
  views: [
    { name: 'spending', kind: 'aggregate', entity: 'customer', source: 'orders', features: [{ name: 'n_1h', aggregate: 'count', window: '1h' }, { name: 'mean_1d', aggregate: 'mean', column: 'amount', window: '1d' }] },
    { name: 'home', kind: 'latest', entity: 'customer', source: 'customers', features: [{ name: 'country', column: 'country' }] },
    { name: 'last', kind: 'latest', entity: 'customer', source: 'orders', ttl: '30d', features: [{ name: 'amount', column: 'amount' }] },
  ],
  services: [{
    name: 'risk', entities: ['customer'], request: [{ name: 'amount', type: 'float64' }, { name: 'coupon', type: 'string', optional: true }],
    features: ['spending.n_1h', 'spending.mean_1d', 'home.country'], onDemand: { module: './f.ts', functions: [{ name: 'ratio', export: 'ratio', type: 'float64', inputs: ['amount', 'spending.mean_1d'] }] },
  }],
  models: [{
    name: 'refund', service: 'risk',
    examples: { dataset: 'orders', time: { column: 'at', offset: '-5m' }, entities: { customer: 'customer_id' }, request: { amount: 'amount' }, label: { name: 'refunded', column: 'refund', above: 0, knownAt: 'refunded_at' } },
    learner: { name: 'gbdt', params: { rounds: 100 } },
    evaluation: { metric: 'auc', holdout: 0.2, baseline: { name: 'logistic' }, margin: 0, alpha: 0.05, approval: { role: 'approver', fourEyes: true }, trial: { share: 0.5, length: '28d', margin: 0.01 } }, seed: 1,
  }],
  endpoints: [{
    name: 'refund-risk', model: 'refund', threshold: 0.5, labelEntity: 'order', stickyEntity: 'customer',
    fallback: { previousRelease: true, rules: [{ request: 'amount', above: 500, output: 0.8 }, { request: 'coupon', equals: 'WELCOME', output: 0.1 }], output: 0.3 },
  }],
  monitors: [
    { name: 'quality', kind: 'quality', endpoint: 'refund-risk', metric: 'auc', limit: 0.7, window: '7d', every: '1d', severity: 'page', falseAlarmsPerYear: 0.05, fewest: 100 },
    { name: 'inputs', kind: 'drift', endpoint: 'refund-risk', window: '7d', every: '7d', severity: 'ticket', features: ['amount', 'coupon', 'spending.n_1h', 'ratio'] },
    { name: 'fallback', kind: 'fallback', endpoint: 'refund-risk', window: '1h', every: '1h', severity: 'page' },
  ],
})

// oxlint-disable-next-line typescript/no-explicit-any -- a project with anything in it
type Loose = any

/** The faults after a change, as `path message`. */
function faultsOf(change: (project: Loose) => void): string[] {
  const project = good()
  change(project)
  return checkProject(project).map(f => `${f.path} ${f.message}`)
}

describe('checkProject', () => {
  it('finds nothing in a good project', () => {
    expect(checkProject(good())).toEqual([])
    expect(checkProject(JSON.parse(JSON.stringify(good())))).toEqual([])
    for (const mode of ['knownAt', 'eventTime'] as const) expect(faultsOf(p => { p.models[0].examples.mode = mode })).toEqual([])
    for (const equals of ['yes', true, false, 0]) expect(faultsOf(p => { p.models[0].examples.label = { name: 'refunded', column: 'refund', equals } })).toEqual([])
  })

  it.each<[string, (p: Loose) => void, RegExp]>([
    ['a window that is none', p => { p.views[0].features[0].window = '1 hour' }, /^views\[0\]\.features\[0\]\.window must be a duration such as '1h', and is '1 hour'$/],
    ['a window of nothing', p => { p.views[0].features[0].window = '0s' }, /^views\[0\]\.features\[0\]\.window must be a duration/],
    ['a bad name', p => { p.views[2].name = 'Last' }, /^views\[2\]\.name must begin with a letter a to z/],
    ['a name twice', p => { p.sources[1].name = 'orders'; p.views[1].source = 'orders'; p.views.splice(1) ; p.services = []; p.models = []; p.endpoints = []; p.monitors = [] }, /^sources\[1\]\.name 'orders' is taken already, by sources\[0\]/],
    ['an unknown entity', p => { p.views[1].entity = 'custmer' }, /^views\[1\]\.entity refers to the entity 'custmer', which is not defined\. Did you mean "customer"\?/],
    ['an unknown source', p => { p.views[1].source = 'nowhere' }, /^views\[1\]\.source refers to the source 'nowhere', which is not defined\. There are orders, customers/],
    ['an unknown dataset', p => { p.sources[0].dataset = 'order' }, /^sources\[0\]\.dataset .*Did you mean "orders"/],
    ['an unknown column', p => { p.views[0].features[1].column = 'amuont' }, /^views\[0\]\.features\[1\]\.column names the column 'amuont'.*Did you mean "amount"/],
    ['the mean of text', p => { p.views[0].features[1].column = 'customer_id' }, /^views\[0\]\.features\[1\]\.column must be a number for mean, and 'customer_id' is string/],
    ['the sum of nothing', p => { delete p.views[0].features[1].column }, /^views\[0\]\.features\[1\]\.column is missing: mean of which column/],
    ['an aggregate that is none', p => { p.views[0].features[0].aggregate = 'cont' }, /aggregate must be 'count' or 'sum' or .*'timeSince', and is 'cont'\. Did you mean "count"/],
    ['a kind that is none', p => { p.views[0].kind = 'other' }, /^views\[0\]\.kind must be 'aggregate' or 'latest'/],
    ['an aggregate over a static source', p => { p.views[0].source = 'customers' }, /^views\[0\]\.source 'customers' has no eventTime/],
    ['a ttl on a static source', p => { p.views[1].ttl = '1h' }, /^views\[1\]\.ttl has no meaning/],
    ['a key that the source lacks', p => { p.views[1].entity = 'order' }, /^views\[1\]\.entity needs the key column 'order_id'/],
    ['a key of another type', p => { p.entities[0].type = 'int64' }, /^views\[0\]\.entity has keys of type int64, and the column 'customer_id' of source orders is string/],
    ['an id that is no column', p => { p.sources[0].id = ['id'] }, /^sources\[0\]\.id\[0\] names the column 'id'/],
    ['a float as id', p => { p.sources[0].id = ['amount'] }, /^sources\[0\]\.id\[0\] the column 'amount' is float64/],
    ['an event time that is no time', p => { p.sources[0].eventTime = 'amount' }, /^sources\[0\]\.eventTime must be a column of type timestamp, and 'amount' is float64/],
    ['known-at without event time', p => { p.sources[1].knownAt = 'country' }, /^sources\[1\]\.knownAt needs eventTime/],
    ['a file of no format', p => { p.datasets[0].files = ['orders.xlsx'] }, /^datasets\[0\]\.files\[0\] must be a \.parquet/],
    ['a purpose without a word', p => { p.datasets[0].forbidPurposes = ['marketing', '…'] }, /^datasets\[0\]\.forbidPurposes\[1\] must have a word in it/],
    ['purposes that are no list', p => { p.datasets[0].forbidPurposes = 'marketing' }, /^datasets\[0\]\.forbidPurposes must be a list/],
    ['files of two formats', p => { p.datasets[1].files = ['a.csv', 'b.json'] }, /^datasets\[1\]\.files must all be of one format/],
    ['an unknown view in a service', p => { p.services[0].features.push('spendin.n_1h') }, /^services\[0\]\.features\[3\] refers to the view 'spendin'.*Did you mean "spending\.n_1h"/],
    ['an unknown feature in a service', p => { p.services[0].features.push('spending.n_2h') }, /^services\[0\]\.features\[3\] names 'n_2h'.*Did you mean "spending\.n_1h"/],
    ['a feature twice', p => { p.services[0].features.push('home.country') }, /^services\[0\]\.features\[3\] 'home\.country' is listed twice/],
    ['a view whose entity the service lacks', p => { p.services[0].entities = ['order'] }, /^services\[0\]\.features\[0\] needs the entity 'customer'/],
    ['an unknown input', p => { p.services[0].onDemand.functions[0].inputs = ['amont'] }, /^services\[0\]\.onDemand\.functions\[0\]\.inputs\[0\] 'amont' is neither.*Did you mean "amount"/],
    ['an on-demand feature named like a request feature', p => { p.services[0].onDemand.functions[0].name = 'amount' }, /^services\[0\]\.onDemand\.functions\[0\]\.name 'amount' is a request feature/],
    ['a reserved name', p => { p.services[0].request[1].name = 'label' }, /^services\[0\]\.request\[1\]\.name 'label' is a column of every training set/],
    ['a service that reads nothing', p => { Object.assign(p.services[0], { request: [], features: [], onDemand: undefined }); p.models[0].examples.request = {} }, /^services\[0\]\.features must not be empty/],
    ['an example column that is missing', p => { p.models[0].examples.request = {} }, /^models\[0\]\.examples\.request\.amount is missing: which column carries the request feature 'amount'/],
    ['an example entity that is none', p => { p.models[0].examples.entities.cust = 'x' }, /^models\[0\]\.examples\.entities\.cust is no entity of the service/],
    ['a mode that there is not', p => { p.models[0].examples.mode = 'eventtime' as never }, /^models\[0\]\.examples\.mode must be 'knownAt' or 'eventTime', and is 'eventtime'\. Did you mean "eventTime"/],
    ['a label that is nothing', p => { delete p.models[0].examples.label.above }, /^models\[0\]\.examples\.label\.above is missing, and so is equals/],
    ['a label with two rules', p => { p.models[0].examples.label.equals = 'yes' }, /^models\[0\]\.examples\.label\.equals stands beside above/],
    ['a label that equals no value', p => { delete p.models[0].examples.label.above; p.models[0].examples.label.equals = [1] }, /^models\[0\]\.examples\.label\.equals must be text, a number, true or false, and is a list/],
    ['a holdout out of range', p => { p.models[0].evaluation.holdout = 20 }, /^models\[0\]\.evaluation\.holdout must be a share between 0 and 1, such as 0\.2, and is 20/],
    ['a trial with all of the traffic', p => { p.models[0].evaluation.trial.share = 1 }, /^models\[0\]\.evaluation\.trial\.share must be a share between 0 and 1, such as 0\.5, and is 1$/],
    ['a trial without end', p => { delete p.models[0].evaluation.trial.length }, /^models\[0\]\.evaluation\.trial\.length must be a duration such as '1h', and is missing/],
    ['an approval by nobody', p => { p.models[0].evaluation.approval = {} }, /^models\[0\]\.evaluation\.approval\.role must be 'approver', and is missing/],
    ['a field that is none', p => { p.views[2].tll = '1h' }, /^views\[2\]\.tll is no field here;.*Did you mean "ttl"/],
    ['a parameter that is no number', p => { p.models[0].learner.params.rounds = '100' }, /^models\[0\]\.learner\.params\.rounds must be a number, and is '100'/],
    ['a threshold that is no number', p => { p.endpoints[0].threshold = Number.NaN }, /^endpoints\[0\]\.threshold must be a number, and is NaN/],
    ['a sticky entity that there is not', p => { p.endpoints[0].stickyEntity = 'custmer' }, /^endpoints\[0\]\.stickyEntity refers to the entity 'custmer'.*Did you mean "customer"/],
    ['a sticky entity that comes with no request', p => { p.endpoints[0].stickyEntity = 'order'; delete p.endpoints[0].labelEntity }, /^endpoints\[0\]\.stickyEntity 'order' comes with no request: the model's service reads customer$/],
    ['a fallback without an output', p => { delete p.endpoints[0].fallback.output }, /^endpoints\[0\]\.fallback\.output is missing; it must be a probability from 0 to 1$/],
    ['a fallback that is no probability', p => { p.endpoints[0].fallback.output = 1.5 }, /^endpoints\[0\]\.fallback\.output must be a probability/],
    ['a rule on what no request has', p => { p.endpoints[0].fallback.rules[0].request = 'amont' }, /^endpoints\[0\]\.fallback\.rules\[0\]\.request refers to the request feature 'amont'.*Did you mean "amount"/],
    ['a rule that says nothing', p => { delete p.endpoints[0].fallback.rules[0].above }, /^endpoints\[0\]\.fallback\.rules\[0\] must have one condition of above, below and equals, and has none$/],
    ['a rule of two conditions', p => { p.endpoints[0].fallback.rules[0].below = 9 }, /^endpoints\[0\]\.fallback\.rules\[0\] must have one condition .*, and has above and below$/],
    ['a rule that orders text', p => { p.endpoints[0].fallback.rules[1] = { request: 'coupon', above: 1, output: 0 } }, /^endpoints\[0\]\.fallback\.rules\[1\]\.above compares numbers, and 'coupon' is string$/],
    ['a rule that equals another type', p => { p.endpoints[0].fallback.rules[1].equals = 5 }, /^endpoints\[0\]\.fallback\.rules\[1\]\.equals must be text like 'coupon', and is 5$/],
    ['rules that are none', p => { p.endpoints[0].fallback.rules = [] }, /^endpoints\[0\]\.fallback\.rules must not be empty/],
    ['an endpoint of no model', p => { p.endpoints[0].model = 'refnd' }, /^endpoints\[0\]\.model .*Did you mean "refund"/],
    ['no views', p => { delete p.views; p.services = []; p.models = []; p.endpoints = []; delete p.monitors }, /^views is missing; it must be a list/],
    ['a monitor of no endpoint', p => { p.monitors[0].endpoint = 'refund-rsk' }, /^monitors\[0\]\.endpoint refers to the endpoint 'refund-rsk'.*Did you mean "refund-risk"/],
    ['a monitor of no kind', p => { p.monitors[0].kind = 'qualty' }, /^monitors\[0\]\.kind must be 'quality' or 'drift' or 'fallback'.*Did you mean "quality"/],
    ['a monitor without a window', p => { delete p.monitors[0].window }, /^monitors\[0\]\.window must be a duration such as '1h', and is missing/],
    ['a monitor that looks too often', p => { p.monitors[0].every = '1s' }, /^monitors\[0\]\.every must be from 1m to 731d, and is '1s'/],
    ['a limit out of range', p => { p.monitors[0].limit = 70 }, /^monitors\[0\]\.limit must be a number between 0 and 1, such as 0\.7, and is 70/],
    ['a metric that is none', p => { p.monitors[0].metric = 'f1' }, /^monitors\[0\]\.metric must be 'auc' or 'brier' or 'ece'/],
    ['a chance that is none', p => { p.monitors[0].falseAlarmsPerYear = 5 }, /^monitors\[0\]\.falseAlarmsPerYear must be a chance between 0 and 1/],
    ['a field of another monitor', p => { p.monitors[2].metric = 'auc' }, /^monitors\[2\]\.metric is no field here/],
    ['a monitored feature that is none', p => { p.monitors[1].features.push('spending.n_2h') }, /^monitors\[1\]\.features\[4\] 'spending\.n_2h' is no input of the endpoint's model\. Did you mean "spending\.n_1h"/],
    ['a share of all', p => { p.monitors[2].limit = 1 }, /^monitors\[2\]\.limit must be a share from 0 to less than 1/],
    ['a monitor twice', p => { p.monitors[2].name = 'quality' }, /^monitors\[2\]\.name 'quality' is taken already, by monitors\[0\]/],
    ['too few rows', p => { p.monitors[1].fewest = 1.5 }, /^monitors\[1\]\.fewest must be a whole number from 2/],
    ['a list that is none', p => { p.endpoints = {} }, /^endpoints must be a list, and is an object/],
  ])('names %s', (_name, change, message) => {
    const faults = faultsOf(change)
    expect(faults).toEqual([expect.stringMatching(message), ...faults.slice(1).map(() => expect.any(String))])
    expect(faults[0]).toMatch(message)
  })

  it('names all faults at once', () => {
    expect(faultsOf(p => { p.name = 'My shop'; p.views[0].features[0].window = 'x'; p.endpoints[0].model = 'none' })).toHaveLength(3)
  })

  it('takes anything, and never throws', () => {
    for (const value of [null, undefined, 1, 'x', [], {}, { name: 1, entities: [null], datasets: 'x', sources: [{}], views: [{ kind: 'aggregate', features: [null] }], services: [{ onDemand: 1 }], models: [{ examples: { label: 0 } }], endpoints: [[]] }]) expect(checkProject(value).length).toBeGreaterThan(0)
    fc.assert(fc.property(fc.anything({ withNullPrototype: true }), value => Array.isArray(checkProject(value))))
    // Any part of a good project replaced by anything at all.
    fc.assert(fc.property(fc.nat(), fc.anything(), (n, value) => {
      const project = JSON.parse(JSON.stringify(good())) as Record<string, unknown>
      const places: [Record<string, unknown>, string][] = []
      const walk = (node: unknown): void => {
        if (typeof node !== 'object' || node === null) return
        for (const key of Object.keys(node)) { places.push([node as Record<string, unknown>, key]); walk((node as Record<string, unknown>)[key]) }
      }
      walk(project)
      const [node, key] = places[n % places.length]
      node[key] = value
      checkProject(project)
    }), { numRuns: 500 })
  })
})
