// Flights out of New York in 2013: will a flight arrive more than 15 minutes late, asked 30 minutes before it is scheduled to leave?
import { defineProject, type AggregateFeature } from 'slipway'

const delays: AggregateFeature[] = [
  { name: 'mean_1h', aggregate: 'mean', column: 'dep_delay', window: '1h' },
  { name: 'count_1h', aggregate: 'count', column: 'dep_delay', window: '1h' },
  { name: 'mean_3h', aggregate: 'mean', column: 'dep_delay', window: '3h' },
  { name: 'count_3h', aggregate: 'count', column: 'dep_delay', window: '3h' },
]
const weather = ['temp', 'dewp', 'humid', 'wind_dir', 'wind_speed', 'wind_gust', 'precip', 'pressure', 'visib']
const plane = ['year', 'type', 'manufacturer', 'engines', 'seats', 'engine']

export default defineProject({
  name: 'flights',
  entities: [
    { name: 'flight', key: 'flight_id', type: 'string', description: 'One scheduled flight; labels find their prediction by it' },
    { name: 'origin', key: 'origin', type: 'string', description: 'EWR, JFK or LGA' },
    { name: 'carrier', key: 'carrier', type: 'string' },
    { name: 'plane', key: 'tailnum', type: 'string' },
  ],
  datasets: [
    { name: 'flights', files: ['data/flights.parquet'] },
    { name: 'weather', files: ['data/weather.parquet'] },
    { name: 'planes', files: ['data/planes.parquet'] },
  ],
  sources: [
    {
      name: 'departures', dataset: 'flights', id: ['flight_id'], eventTime: 'departed_at',
      description: 'A flight has left; its delay is known from then on',
      columns: [
        { name: 'flight_id', type: 'string' }, { name: 'departed_at', type: 'timestamp' }, { name: 'origin', type: 'string' },
        { name: 'carrier', type: 'string' }, { name: 'dest', type: 'string' }, { name: 'tailnum', type: 'string' }, { name: 'dep_delay', type: 'int64' },
      ],
    },
    {
      name: 'arrivals', dataset: 'flights', id: ['flight_id'], eventTime: 'arrived_at',
      description: 'A flight has arrived: the truth about its prediction',
      columns: [
        { name: 'flight_id', type: 'string' }, { name: 'arrived_at', type: 'timestamp' }, { name: 'origin', type: 'string' },
        { name: 'carrier', type: 'string' }, { name: 'dest', type: 'string' }, { name: 'arr_delay', type: 'int64' },
      ],
    },
    {
      name: 'weather', dataset: 'weather', id: ['origin', 'observed_at'], eventTime: 'observed_at',
      columns: [{ name: 'origin', type: 'string' }, { name: 'observed_at', type: 'timestamp' }, ...weather.map(name => ({ name, type: 'float64' as const }))],
    },
    {
      name: 'planes', dataset: 'planes', id: ['tailnum'], description: 'The register of aircraft: static',
      columns: [
        { name: 'tailnum', type: 'string' }, { name: 'year', type: 'float64' }, { name: 'type', type: 'string' }, { name: 'manufacturer', type: 'string' },
        { name: 'engines', type: 'int64' }, { name: 'seats', type: 'int64' }, { name: 'engine', type: 'string' },
      ],
    },
  ],
  views: [
    { name: 'origin_delays', kind: 'aggregate', entity: 'origin', source: 'departures', features: delays, description: 'How late flights have been leaving from this airport' },
    { name: 'carrier_delays', kind: 'aggregate', entity: 'carrier', source: 'departures', features: delays, description: 'How late this carrier has been leaving from New York' },
    {
      name: 'origin_now', kind: 'aggregate', entity: 'origin', source: 'departures', owner: 'operations', description: 'What goes on at this airport',
      features: [
        { name: 'worst_1h', aggregate: 'max', column: 'dep_delay', window: '1h' },
        { name: 'p90_1h', aggregate: 'percentile', p: 0.9, column: 'dep_delay', window: '1h' },
        { name: 'spread_3h', aggregate: 'stddev', column: 'dep_delay', window: '3h' },
        { name: 'late_share_1h', aggregate: 'share', of: [{ column: 'dep_delay', above: 15 }], window: '1h' },
        // A day begins at midnight in New York, but for the hour of summer time.
        { name: 'departures_today', aggregate: 'count', window: { tumbling: '1d', offset: '5h' } },
        { name: 'carriers_1h', aggregate: 'countDistinct', column: 'carrier', window: '1h' },
        { name: 'destinations_1h', aggregate: 'approxCountDistinct', column: 'dest', window: '1h' },
      ],
    },
    {
      name: 'plane_rotation', kind: 'aggregate', entity: 'plane', source: 'departures', owner: 'operations', description: 'How this aircraft has been leaving New York',
      lookups: [{ name: 'airport_mean', feature: 'origin_delays.mean_1h' }],
      features: [
        { name: 'last_1d', aggregate: 'last', column: 'dep_delay', window: '1d' },
        { name: 'first_today', aggregate: 'first', column: 'dep_delay', window: { tumbling: '1d', offset: '5h' } },
        { name: 'idle', aggregate: 'timeSince', window: '7d' },
        { name: 'run_of_delay', aggregate: 'sum', column: 'dep_delay', where: [{ column: 'dep_delay', above: 0 }], window: { session: '12h', longest: '2d' } },
        { name: 'best_30d', aggregate: 'min', column: 'dep_delay', window: '30d' },
        { name: 'mean_ever', aggregate: 'mean', column: 'dep_delay', window: 'lifetime' },
        { name: 'airports_1d', aggregate: 'mean', column: 'airport_mean', window: '1d' },
      ],
    },
    { name: 'route_delays', kind: 'aggregate', entity: ['origin', 'carrier'], source: 'departures', features: [{ name: 'mean_7d', aggregate: 'mean', column: 'dep_delay', window: '7d' }], description: 'How late this carrier has been leaving from this airport' },
    { name: 'plane_history', kind: 'aggregate', entity: 'plane', source: 'departures', features: [{ name: 'last_five', aggregate: 'lastN', n: 5, column: 'dest', window: '30d' }], description: 'Where this aircraft went: for people, read by no model' },
    { name: 'origin_weather', kind: 'latest', entity: 'origin', source: 'weather', ttl: '6h', features: weather.map(name => ({ name, column: name })) },
    { name: 'aircraft', kind: 'latest', entity: 'plane', source: 'planes', features: plane.map(name => ({ name, column: name })) },
  ],
  services: [
    {
      name: 'departure',
      entities: ['origin', 'carrier', 'plane'],
      request: [
        { name: 'origin', type: 'string' }, { name: 'dest', type: 'string' }, { name: 'carrier', type: 'string' },
        { name: 'distance', type: 'float64' }, { name: 'scheduled_departure', type: 'timestamp', model: false },
      ],
      features: [
        ...['origin_delays', 'carrier_delays'].flatMap(view => delays.map(f => `${view}.${f.name}`)),
        ...['worst_1h', 'p90_1h', 'spread_3h', 'late_share_1h', 'departures_today', 'carriers_1h', 'destinations_1h'].map(name => `origin_now.${name}`),
        ...['last_1d', 'first_today', 'idle', 'run_of_delay', 'best_30d', 'mean_ever', 'airports_1d'].map(name => `plane_rotation.${name}`),
        'route_delays.mean_7d',
        ...weather.map(name => `origin_weather.${name}`),
        ...plane.map(name => `aircraft.${name}`),
      ],
      onDemand: {
        module: './on-demand.ts',
        functions: [
          { name: 'local_hour', export: 'localHour', type: 'int64', inputs: ['scheduled_departure'] },
          { name: 'local_weekday', export: 'localWeekday', type: 'int64', inputs: ['scheduled_departure'] },
        ],
      },
    },
  ],
  models: [
    {
      name: 'late-arrival',
      service: 'departure',
      examples: {
        dataset: 'flights',
        time: { column: 'scheduled_departure', offset: '-30m' },
        entities: { origin: 'origin', carrier: 'carrier', plane: 'tailnum' },
        request: { origin: 'origin', dest: 'dest', carrier: 'carrier', distance: 'distance', scheduled_departure: 'scheduled_departure' },
        label: { name: 'late', column: 'arr_delay', above: 15, knownAt: 'arrived_at' },
      },
      learner: { name: 'gbdt' },
      evaluation: {
        metric: 'auc', holdout: 0.2, baseline: { name: 'logistic' }, margin: 0, alpha: 0.05,
        approval: { policy: 'gate-passed' },
        // A challenger answers half of the flights for four weeks of outcomes before it may take over.
        trial: { share: 0.5, length: '28d', margin: 0.01 },
      },
      seed: 2013,
    },
  ],
  endpoints: [
    {
      name: 'flight-delay', model: 'late-arrival', threshold: 0.5, labelEntity: 'flight', description: 'Will this flight arrive more than 15 minutes late?',
      // What is said while the model cannot answer: the share of late flights in the first quarter.
      fallback: { output: 0.22 },
    },
  ],
  monitors: [
    { name: 'ranking', kind: 'quality', endpoint: 'flight-delay', metric: 'auc', limit: 0.7, window: '7d', every: '7d', severity: 'ticket', description: 'Late flights must still be told from punctual ones' },
    { name: 'inputs', kind: 'drift', endpoint: 'flight-delay', window: '7d', every: '7d', severity: 'info', description: 'What the model reads, against what it was trained on' },
    { name: 'fallback', kind: 'fallback', endpoint: 'flight-delay', window: '1h', every: '1h', severity: 'page', description: 'The model did not answer' },
  ],
})
