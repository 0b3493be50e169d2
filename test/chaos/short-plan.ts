import { HOUR, WEEK, type TourPlan } from '../../examples/flights/plan.ts'

const utc = (time: string): number => Date.parse(`${time}Z`) * 1_000

/** A model of the winter that lives through ten days of September: an outage, a week whose ranking is below the limit, a candidate, one worse on purpose, a rollback. */
export const SHORT_TOUR: TourPlan = {
  trainFrom: utc('2013-01-01T00:00'), trainTo: utc('2013-03-01T00:00'), retrainFrom: utc('2013-07-15T00:00'),
  lifeFrom: utc('2013-09-16T00:00'), lifeTo: utc('2013-09-26T00:00'), until: utc('2013-09-26T06:00'), singles: 2_500, replays: 200,
  outage: { from: utc('2013-09-18T18:00'), until: utc('2013-09-18T18:00') + HOUR }, worse: { at: utc('2013-09-23T00:00'), from: utc('2013-08-26T00:00') }, badFeed: utc('2013-09-23T00:00'), lastCandidate: utc('2013-09-26T00:00'), patience: 4 * WEEK,
}
