// A small project of its own: a shop whose orders come late more often on busy days, and whose policy asks a person.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineProject, type ProjectDefinition } from '../../src/core/definition.ts'

export const SHOP = 'late-order'
export const MODEL = 'order-lateness'
export const SHOP_FROM = Date.UTC(2013, 0, 1)
const DAY_MS = 86_400_000
const PER_DAY = 160
const CITIES = ['Bergen', 'Bologna', 'Brno', 'Bruges']

export interface Order { id: string; at: number; city: string; amount: number; items: number; express: boolean; load: number; minutes: number }

/** A generator of numbers in [0, 1) that gives the same ones everywhere. */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** The orders of one day. `strain` is how much busier the couriers are than they used to be. */
export function ordersOf(day: number, strain = 0, perDay = PER_DAY): Order[] {
  const next = random(7_919 * (day + 1))
  return Array.from({ length: perDay }, (_, i) => {
    const city = CITIES[Math.floor(next() * 4)]
    const items = 1 + Math.floor(next() * 8)
    const express = next() < 0.3
    const load = Math.round((20 + 60 * next() + 25 * strain) * 10) / 10
    const minutes = -30 + items * 4 + load * 0.45 - (express ? 18 : 0) + (city === 'Brno' ? 9 : 0) + (load > 60 && items > 4 ? 25 : 0) + (next() + next() + next() - 1.5) * (40 + 90 * strain)
    return { id: `o${day}-${i}`, at: SHOP_FROM + day * DAY_MS + Math.floor((i * DAY_MS) / perDay), city, amount: Math.round(next() * 9_000) / 100, items, express, load, minutes: Math.round(minutes) }
  })
}

const text = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').slice(0, 19)

/** Writes the history that the model learns from: `days` days. */
export function writeOrders(folder: string, days: number, strain: (day: number) => number = () => 0): void {
  const lines = ['order_id,ordered_at,delivered_at,city,amount,items,express,load,minutes_late']
  for (let day = 0; day < days; day++) for (const o of ordersOf(day, strain(day))) lines.push([o.id, text(o.at), text(o.at + 3 * 3_600_000), o.city, o.amount, o.items, o.express, o.load, o.minutes].join(','))
  writeFileSync(join(folder, 'orders.csv'), `${lines.join('\n')}\n`)
}

export const PROJECT: ProjectDefinition = defineProject({
  name: 'shop',
  entities: [{ name: 'city', key: 'city', type: 'string' }, { name: 'order', key: 'order_id', type: 'string' }],
  datasets: [{ name: 'orders', files: ['orders.csv'], description: 'What was ordered, and when it came' }],
  sources: [{ name: 'sales', dataset: 'orders', id: ['order_id'], eventTime: 'ordered_at', columns: [{ name: 'order_id', type: 'string' }, { name: 'ordered_at', type: 'timestamp' }, { name: 'city', type: 'string' }, { name: 'amount', type: 'float64' }], description: 'An order was placed' }],
  views: [{ name: 'city_sales', kind: 'aggregate', entity: 'city', source: 'sales', description: 'How much a city has been ordering', owner: 'ada', features: [{ name: 'count_3h', aggregate: 'count', window: '3h' }, { name: 'mean_3h', aggregate: 'mean', column: 'amount', window: '3h' }] }],
  services: [{ name: 'order', entities: ['city'], features: ['city_sales.count_3h', 'city_sales.mean_3h'], request: [{ name: 'city', type: 'string' }, { name: 'items', type: 'int64' }, { name: 'express', type: 'boolean' }, { name: 'load', type: 'float64' }] }],
  models: [{
    name: MODEL, service: 'order', seed: 7, description: 'How likely an order comes more than 15 minutes late', learner: { name: 'gbdt', params: { trees: 60, leaves: 15 } },
    examples: { dataset: 'orders', time: { column: 'ordered_at' }, entities: { city: 'city' }, request: { city: 'city', items: 'items', express: 'express', load: 'load' }, label: { name: 'late', column: 'minutes_late', above: 15, knownAt: 'delivered_at' } },
    evaluation: { metric: 'auc', holdout: 0.25, baseline: { name: 'logistic' }, margin: -0.02, alpha: 0.05, approval: { role: 'approver' }, trial: { share: 0.5, length: '14d', margin: 0.01 } },
  }],
  endpoints: [{ name: SHOP, model: MODEL, threshold: 0.5, labelEntity: 'order', stickyEntity: 'order', description: 'Will this order come late?', fallback: { rules: [{ request: 'load', above: 70, output: 0.7 }], output: 0.3 } }],
  monitors: [
    { name: 'order-quality', kind: 'quality', endpoint: SHOP, metric: 'auc', limit: 0.78, window: '7d', every: '1d', severity: 'page', description: 'The ranking must not fall below what was promised' },
    { name: 'order-drift', kind: 'drift', endpoint: SHOP, window: '7d', every: '7d', severity: 'ticket' },
    { name: 'order-fallback', kind: 'fallback', endpoint: SHOP, window: '1d', every: '1d', severity: 'page' },
  ],
})
