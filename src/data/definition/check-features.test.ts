// Every fault of the language of features: named where it is, in one sentence.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ProjectDefinition } from '../../core/definition.ts'
import { compileService } from '../compiled-service.ts'
import { buildFeatureContent } from '../feature-content.ts'
import { checkProject } from '../project-check.ts'

const good = (): ProjectDefinition => ({
  name: 'shop',
  entities: [{ name: 'customer', key: 'customer_id', type: 'string' }, { name: 'shop', key: 'shop_id', type: 'int64' }, { name: 'courier', key: 'courier_id', type: 'string' }],
  datasets: [{ name: 'orders', files: ['orders.parquet'] }, { name: 'shops', files: ['shops.csv'] }],
  sources: [
    {
      name: 'orders', dataset: 'orders', id: ['order_id'], eventTime: 'at', knownAt: 'known',
      columns: [
        { name: 'order_id', type: 'int64' }, { name: 'at', type: 'timestamp' }, { name: 'known', type: 'timestamp' }, { name: 'customer_id', type: 'string' }, { name: 'shop_id', type: 'int64' },
        { name: 'amount', type: 'float64' }, { name: 'items', type: 'int64' }, { name: 'paid', type: 'boolean' }, { name: 'delivered', type: 'timestamp' },
      ],
    },
    { name: 'shops', dataset: 'shops', id: ['shop_id'], columns: [{ name: 'shop_id', type: 'int64' }, { name: 'country', type: 'string' }] },
  ],
  views: [
    {
      name: 'spending', kind: 'aggregate', entity: ['customer', 'shop'], source: 'orders', where: [{ column: 'paid', equals: true }],
      lookups: [{ name: 'country', feature: 'places.country' }, { name: 'usual', feature: 'usual.mean_30d' }],
      features: [
        { name: 'n', aggregate: 'count', window: '1h', where: [{ column: 'amount', above: 10, atMost: 100 }, { column: 'country', in: ['NL', 'BE'], missing: false }] },
        { name: 'total', aggregate: 'sum', column: 'amount', window: { tumbling: '1d', offset: '-5h' } },
        { name: 'spread', aggregate: 'stddev', column: 'usual', window: { session: '30m', longest: '4h' } },
        { name: 'middle', aggregate: 'percentile', p: 0.5, column: 'items', window: 'lifetime' },
        { name: 'recent', aggregate: 'lastN', n: 100, column: 'delivered', window: '7d' },
        { name: 'big', aggregate: 'share', of: [{ column: 'items', atLeast: 3, not: 7 }], window: '1d' },
        { name: 'since', aggregate: 'timeSince', column: 'paid', window: '1d' },
      ],
    },
    { name: 'usual', kind: 'aggregate', entity: 'customer', source: 'orders', features: [{ name: 'mean_30d', aggregate: 'mean', column: 'amount', window: '30d' }] },
    { name: 'places', kind: 'latest', entity: 'shop', source: 'shops', where: [{ column: 'country', missing: false }], features: [{ name: 'country', column: 'country' }] },
    { name: 'last', kind: 'latest', entity: ['shop', 'customer'], source: 'orders', ttl: '30d', features: [{ name: 'amount', column: 'amount' }] },
  ],
  services: [{ name: 'risk', entities: ['customer', 'shop'], request: [], features: ['spending.n', 'spending.total', 'spending.spread', 'spending.middle', 'spending.recent', 'spending.big', 'spending.since', 'last.amount', 'places.country'] }],
  models: [], endpoints: [],
})

// oxlint-disable-next-line typescript/no-explicit-any -- a project with anything in it
type Loose = any

function faultsOf(change: (project: Loose) => void): string[] {
  const project = good()
  change(project)
  return checkProject(project).map(f => `${f.path} ${f.message}`)
}

const F = String.raw`^views\[0\]\.features`
const at = (rest: string): RegExp => new RegExp(F + rest)
/** Sets fields of the feature in that place. */
const feature = (i: number, fields: object) => (p: Loose): void => { Object.assign(p.views[0].features[i], fields) }
const condition = (c: object) => feature(0, { where: [c] })

describe('the check of feature views', () => {
  it('finds nothing in a good project', () => {
    expect(checkProject(good())).toEqual([])
    expect(checkProject(JSON.parse(JSON.stringify(good())))).toEqual([])
  })

  it.each<[string, (p: Loose) => void, RegExp]>([
    // Fields of each aggregate.
    ['an aggregate with a field of another', feature(0, { n: 3 }), at(String.raw`\[0\]\.n is no field here; there are name, aggregate, window, where, column\.`)],
    ['a percentile without its share', feature(3, { p: undefined }), at(String.raw`\[3\]\.p is missing; it must be a number from 0 to 1, such as 0\.5 for the median$`)],
    ['a percentile below 0', feature(3, { p: -0.01 }), at(String.raw`\[3\]\.p must be a number from 0 to 1, .* and is -0\.01$`)],
    ['a percentile in percent', feature(3, { p: 90 }), at(String.raw`\[3\]\.p must be a number from 0 to 1, .* and is 90$`)],
    ['a percentile that is no number', feature(3, { p: Number.NaN }), at(String.raw`\[3\]\.p must be .* and is NaN$`)],
    ['a percentile as text', feature(3, { p: '0.5' }), at(String.raw`\[3\]\.p must be .* and is '0\.5'$`)],
    ['the last none', feature(4, { n: 0 }), at(String.raw`\[4\]\.n must be a whole number from 1 to 100, and is 0$`)],
    ['the last 101', feature(4, { n: 101 }), at(String.raw`\[4\]\.n must be a whole number from 1 to 100, and is 101$`)],
    ['the last one and a half', feature(4, { n: 1.5 }), at(String.raw`\[4\]\.n must be a whole number from 1 to 100, and is 1\.5$`)],
    ['the last of no count', feature(4, { n: undefined }), at(String.raw`\[4\]\.n is missing; it must be a whole number from 1 to 100$`)],
    ['a share of nothing', feature(5, { of: undefined }), at(String.raw`\[5\]\.of is missing; it must be a list$`)],
    ['a share of an empty list', feature(5, { of: [] }), at(String.raw`\[5\]\.of must not be empty$`)],
    ['a share with a column', feature(5, { column: 'items' }), at(String.raw`\[5\]\.column is no field here; there are name, aggregate, window, where, of\.`)],
    ['conditions of a share elsewhere', feature(0, { of: [{ column: 'items', above: 1 }] }), at(String.raw`\[0\]\.of is no field here`)],
    ['a deviation of nothing', feature(2, { column: undefined }), at(String.raw`\[2\]\.column is missing: stddev of which column\?$`)],
    ['the last of nothing', feature(4, { column: undefined }), at(String.raw`\[4\]\.column is missing: lastN of which column\?$`)],
    ['a deviation of text', feature(2, { column: 'country' }), at(String.raw`\[2\]\.column must be a number for stddev, and 'country' is string$`)],
    ['a percentile of truth', feature(3, { column: 'paid' }), at(String.raw`\[3\]\.column must be a number for percentile, and 'paid' is boolean$`)],
    ['a sum of times', feature(1, { column: 'delivered' }), at(String.raw`\[1\]\.column must be a number for sum, and 'delivered' is timestamp$`)],
    ['the least text', feature(1, { aggregate: 'min', column: 'customer_id' }), at(String.raw`\[1\]\.column must be a number or a time for min, and 'customer_id' is string$`)],
    ['a column that is none', feature(1, { column: 'amuont' }), at(String.raw`\[1\]\.column names the column 'amuont', which the source does not have; it has order_id, .*\. Did you mean "amount"\?$`)],
    ['a column that is no text', feature(1, { column: 5 }), at(String.raw`\[1\]\.column must be text, and is 5$`)],
    ['an aggregate that is none', feature(0, { aggregate: 'median' }), at(String.raw`\[0\]\.aggregate must be 'count' or .* or 'timeSince', and is 'median'`)],
    ['a feature twice', feature(1, { name: 'n' }), at(String.raw`\[1\]\.name 'n' is taken already, by views\[0\]\.features\[0\]$`)],
    // Windows.
    ['a window that is missing', feature(0, { window: undefined }), at(String.raw`\[0\]\.window must be a duration such as '1h', and is missing$`)],
    ['a window that is null', feature(0, { window: null }), at(String.raw`\[0\]\.window must be a duration such as '1h', and is null$`)],
    ['a window of another kind', feature(0, { window: { hopping: '1h' } }), at(String.raw`\[0\]\.window\.hopping is no field here; there are tumbling, offset\.`)],
    ['a window of nothing', feature(0, { window: {} }), at(String.raw`\[0\]\.window\.tumbling must be a duration such as '1h', and is missing$`)],
    ['a window that is a list', feature(0, { window: ['1h'] }), at(String.raw`\[0\]\.window must be an object, and is a list$`)],
    ['a window beyond what can be counted', feature(0, { window: '999999999d' }), at(String.raw`\[0\]\.window must be a duration such as '1h', and is '999999999d'$`)],
    ['a tumbling window of nothing', feature(1, { window: { tumbling: '0h' } }), at(String.raw`\[1\]\.window\.tumbling must be a duration such as '1h', and is '0h'$`)],
    ['an offset that is none', feature(1, { window: { tumbling: '1d', offset: '5' } }), at(String.raw`\[1\]\.window\.offset must be a duration such as '-30m', and is '5'$`)],
    ['a session with an offset', feature(2, { window: { session: '1h', offset: '1h' } }), at(String.raw`\[2\]\.window\.offset is no field here; there are session, longest\.`)],
    ['a session of nothing', feature(2, { window: { session: '0s' } }), at(String.raw`\[2\]\.window\.session must be a duration such as '1h', and is '0s'$`)],
    ['a session shorter than its pause', feature(2, { window: { session: '2h', longest: '1h' } }), at(String.raw`\[2\]\.window\.longest must not be shorter than the pause that ends a session$`)],
    ['a pause of more than a day without a longest', feature(2, { window: { session: '2d' } }), at(String.raw`\[2\]\.window\.longest is missing: without it a session is at most a day long, less than the pause of 2d that ends it$`)],
    // Conditions.
    ['a condition on an unknown column', condition({ column: 'amuont', above: 1 }), at(String.raw`\[0\]\.where\[0\]\.column names the column 'amuont', .* Did you mean "amount"\?$`)],
    ['a condition on no column', condition({ above: 1 }), at(String.raw`\[0\]\.where\[0\]\.column is missing; it must be text$`)],
    ['a condition that says nothing', condition({ column: 'amount' }), at(String.raw`\[0\]\.where\[0\] says nothing of its column: give equals, not, in, above, atLeast, below, atMost or missing$`)],
    ['a condition of another word', condition({ column: 'amount', greater: 1 }), at(String.raw`\[0\]\.where\[0\]\.greater is no field here; there are column, equals, `)],
    ['a condition that is none', feature(0, { where: ['amount > 1'] }), at(String.raw`\[0\]\.where\[0\] must be an object, and is 'amount > 1'$`)],
    ['conditions that are no list', feature(0, { where: { column: 'amount', above: 1 } }), at(String.raw`\[0\]\.where must be a list, and is an object$`)],
    ['text for a number', condition({ column: 'amount', equals: '10' }), at(String.raw`\[0\]\.where\[0\]\.equals must be a finite number, as its column is, and is '10'$`)],
    ['a number for text', condition({ column: 'customer_id', equals: 10 }), at(String.raw`\[0\]\.where\[0\]\.equals must be text, as its column is, and is 10$`)],
    ['text that is broken', condition({ column: 'customer_id', not: '\ud800' }), at(String.raw`\[0\]\.where\[0\]\.not must be text, as its column is, and is `)],
    ['a number for truth', condition({ column: 'paid', equals: 1 }), at(String.raw`\[0\]\.where\[0\]\.equals must be true or false, as its column is, and is 1$`)],
    ['2^63 for a whole number', condition({ column: 'items', below: 2 ** 63 }), at(String.raw`\[0\]\.where\[0\]\.below must be a whole number within 2\^53, as its column is whole, and is 9223372036854776000$`)],
    ['2^53 for a whole number', condition({ column: 'items', in: [1, 2 ** 53] }), at(String.raw`\[0\]\.where\[0\]\.in\[1\] must be a whole number within 2\^53`)],
    ['a fraction for a whole number', condition({ column: 'items', above: 0.5 }), at(String.raw`\[0\]\.where\[0\]\.above must be a whole number within 2\^53, as its column is whole, and is 0\.5$`)],
    ['NaN for a number', condition({ column: 'amount', equals: Number.NaN }), at(String.raw`\[0\]\.where\[0\]\.equals must be a finite number, as its column is, and is NaN$`)],
    ['an infinite number', condition({ column: 'amount', below: Number.POSITIVE_INFINITY }), at(String.raw`\[0\]\.where\[0\]\.below must be a finite number, as its column is, and is Infinity$`)],
    ['an order of texts', condition({ column: 'customer_id', above: 'a' }), at(String.raw`\[0\]\.where\[0\]\.above compares numbers, and 'customer_id' is string$`)],
    ['an order of times', condition({ column: 'at', above: 0 }), at(String.raw`\[0\]\.where\[0\]\.above compares numbers, and 'at' is timestamp$`)],
    ['a time', condition({ column: 'delivered', equals: '2013-01-01' }), at(String.raw`\[0\]\.where\[0\]\.equals cannot compare a time; a condition on one can only say whether it is missing$`)],
    ['one of none', condition({ column: 'items', in: [] }), at(String.raw`\[0\]\.where\[0\]\.in must be a list of values, and not empty$`)],
    ['one of what is no list', condition({ column: 'items', in: 5 }), at(String.raw`\[0\]\.where\[0\]\.in must be a list of values, and not empty$`)],
    ['missing as text', condition({ column: 'items', missing: 'yes' }), at(String.raw`\[0\]\.where\[0\]\.missing must be true or false, and is 'yes'$`)],
    ['a wrong value of a looked-up column', condition({ column: 'country', equals: 5 }), at(String.raw`\[0\]\.where\[0\]\.equals must be text, as its column is, and is 5$`)],
    ['a fault in the conditions of a view', p => { p.views[2].where = [{ column: 'land', missing: true }] }, /^views\[2\]\.where\[0\]\.column names the column 'land', which the source does not have; it has shop_id, country\.$/],
    ['a fault in what is shared', feature(5, { of: [{ column: 'items', above: true }] }), at(String.raw`\[5\]\.of\[0\]\.above must be a whole number within 2\^53, as its column is whole, and is true$`)],
    // Look-ups.
    ['a look-up of itself', p => { p.views[0].lookups[0].feature = 'spending.n' }, /^views\[0\]\.lookups\[0\]\.feature 'spending\.n' refers to the view itself$/],
    ['a look-up of a view that looks up', p => { p.views[1].lookups = [{ name: 'land', feature: 'places.country' }] }, /^views\[0\]\.lookups\[1\]\.feature 'usual\.mean_30d' is of a view that looks up others itself: one level is the limit$/],
    ['two views that look each other up', p => { p.views[1].lookups = [{ name: 'n', feature: 'spending.n' }] }, /^views\[0\]\.lookups\[1\]\.feature 'usual\.mean_30d' is of a view that looks up others itself/],
    ['a look-up of an unknown feature', p => { p.views[0].lookups[1].feature = 'usual.mean_3d' }, /^views\[0\]\.lookups\[1\]\.feature refers to the feature 'usual\.mean_3d', which is not defined\. Did you mean "usual\.mean_30d"\?$/],
    ['a look-up of an unknown view', p => { p.views[0].lookups[1].feature = 'usal.mean_30d' }, /^views\[0\]\.lookups\[1\]\.feature refers to the feature 'usal\.mean_30d', which is not defined\. Did you mean "usual\.mean_30d"\?$/],
    ['a look-up of a view alone', p => { p.views[0].lookups[1].feature = 'usual' }, /^views\[0\]\.lookups\[1\]\.feature refers to the feature 'usual', which is not defined/],
    ['a look-up of its own view alone', p => { p.views[0].lookups[1].feature = 'spending' }, /^views\[0\]\.lookups\[1\]\.feature 'spending' refers to the view itself$/],
    ['a look-up without a feature', p => { delete p.views[0].lookups[0].feature }, /^views\[0\]\.lookups\[0\]\.feature is missing; it must be text$/],
    ['a look-up named like a column', p => { p.views[0].lookups[0].name = 'amount' }, /^views\[0\]\.lookups\[0\]\.name 'amount' is a column of the source already$/],
    ['two look-ups of one name', p => { p.views[0].lookups[1].name = 'country' }, /^views\[0\]\.lookups\[1\]\.name 'country' is taken already, by views\[0\]\.lookups\[0\]$/],
    ['a look-up with a field of another', p => { p.views[0].lookups[0].column = 'x' }, /^views\[0\]\.lookups\[0\]\.column is no field here; there are name, feature\.$/],
    ['a look-up whose key the source lacks', p => { p.sources[1].columns.push({ name: 'courier_id', type: 'string' }); p.views[2].entity = 'courier' }, /^views\[0\]\.lookups\[0\]\.feature needs the key column 'courier_id' of entity courier among the columns of the source, which are order_id, /],
    ['a look-up whose key has another type', p => { p.entities.push({ name: 'store', key: 'shop_id', type: 'string' }); p.sources[1].columns[0].type = 'string'; p.views[2].entity = 'store' }, /^views\[0\]\.lookups\[0\]\.feature has keys of type string, and the column 'shop_id' of the source is int64$/],
    ['look-ups of a view of latest rows', p => { p.views[3].lookups = [{ name: 'a', feature: 'places.country' }] }, /^views\[3\]\.lookups is no field here; there are name, kind, entity, source, where, features, description, owner, ttl\.$/],
    ['look-ups that are no list', p => { p.views[0].lookups = 'places.country' }, /^views\[0\]\.lookups must be a list, and is 'places\.country'$/],
    // Entities and lists.
    ['an entity twice', p => { p.views[0].entity = ['customer', 'customer'] }, /^views\[0\]\.entity\[1\] 'customer' is named twice$/],
    ['no entity', p => { p.views[0].entity = [] }, /^views\[0\]\.entity must not be empty$/],
    ['an unknown entity among two', p => { p.views[0].entity = ['customer', 'shp'] }, /^views\[0\]\.entity\[1\] refers to the entity 'shp', which is not defined\. Did you mean "shop"\?$/],
    ['an entity that is no text', p => { p.views[0].entity = ['customer', 5] }, /^views\[0\]\.entity\[1\] must be text, and is 5$/],
    ['a key that the source lacks', p => { p.views[0].entity = ['customer', 'courier'] }, /^views\[0\]\.entity\[1\] needs the key column 'courier_id' of entity courier among the columns of source orders, which are order_id, /],
    ['a service without one of the entities', p => { p.services[0].entities = ['customer']; p.services[0].features = ['spending.n'] }, /^services\[0\]\.features\[0\] needs the entity 'shop' of view spending among the service's entities$/],
    ['no features', p => { p.views[1].features = []; p.views[0].lookups = []; p.views[0].features = [{ name: 'n', aggregate: 'count', window: '1h' }]; p.services[0].features = ['spending.n'] }, /^views\[1\]\.features must not be empty$/],
    ['a ttl of a view that aggregates', p => { p.views[0].ttl = '1h' }, /^views\[0\]\.ttl is no field here; there are name, kind, entity, source, where, features, description, owner, lookups\.$/],
    ['an aggregate of a static source', p => { p.views[1].source = 'shops' }, /^views\[1\]\.source 'shops' has no eventTime: only a latest view can read a static source$/],
    ['a meaning of NaN that is none', p => { p.sources[0].nan = 'zero' }, /^sources\[0\]\.nan must be 'missing', and is 'zero'/],
  ])('names %s', (_name, change, message) => {
    const faults = faultsOf(change)
    expect(faults.filter(f => message.test(f))).toHaveLength(1)
    for (const fault of faults) {
      expect(fault).not.toMatch(/undefined|\[object|\bError\b|\n|\bat \S+ \(/)
      expect(fault.length).toBeLessThan(500)
    }
  })

  it('names every fault of one feature', () => {
    expect(faultsOf(feature(3, { p: 2, window: 'x', column: 'none', where: [{ column: 'items' }, { column: 'paid', above: 1 }] }))).toHaveLength(5)
  })

  it('lets nothing through that cannot be compiled, whatever stands where', () => {
    let passed = 0
    const some = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('spending', 'usual', 'places', 'last', 'customer', 'shop', 'orders', 'shops', 'amount', 'items', 'country', 'usual.mean_30d', 'places.country', 'spending.n', 'count', 'lastN', 'percentile', 'share', 'min', 'latest', 'aggregate', 'lifetime', '1h', '-1h') },
      { weight: 4, arbitrary: fc.constantFrom<unknown>(0, 1, 0.5, 2 ** 63, Number.NaN, true, null, [], {}, ['customer'], ['shop', 'customer'], { tumbling: '1h' }, { session: '1h' }, [{ column: 'items', in: [1] }], [{ column: 'country', missing: true }], undefined) }, { weight: 1, arbitrary: fc.anything() },
    )
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(), some), { minLength: 1, maxLength: 2 }), changes => {
      const project = JSON.parse(JSON.stringify(good())) as ProjectDefinition
      for (const [n, value] of changes) {
        const places: [Record<string, unknown>, string][] = []
        const walk = (node: unknown): void => {
          if (typeof node !== 'object' || node === null) return
          for (const key of Object.keys(node)) { places.push([node as Record<string, unknown>, key]); walk((node as Record<string, unknown>)[key]) }
        }
        walk(project.views)
        if (places.length === 0) return
        const [node, key] = places[n % places.length]
        node[key] = value
      }
      if (checkProject(project).length > 0) return
      passed++
      for (const service of project.services) compileService(buildFeatureContent(service, project, null))
    }), { numRuns: 3_000 })
    expect(passed).toBeGreaterThan(50)
  })
})
