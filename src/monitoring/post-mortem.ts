import { formatTime, type Micros } from '../core/time.ts'
import { HOUR, MINUTE, DAY } from '../core/time.ts'
import type { Incident } from './records.ts'

/** What is known of a closed incident as Markdown, and the questions that only people can answer. No question asks who was at fault. */
export function draftPostMortem({ id, endpoint, title, openedAt, closedAt, alerts, timeline }: Incident): string {
  const lasted = (closedAt ?? openedAt) - openedAt
  return [
    `# ${title}`, '',
    `Incident ${id} of ${endpoint}, from ${formatTime(openedAt)} to ${formatTime(closedAt ?? openedAt)} (${formatSpan(lasted)}), ${alerts.length} alert${alerts.length === 1 ? '' : 's'}.`, '',
    '## What happened', '', ...timeline.map(t => `- ${formatTime(t.at)}: ${t.what}${t.ledger === null ? '' : ` (ledger entry ${t.ledger})`}`), '',
    '## Whom did it touch, and how much?', '', '## What made it possible?', '', '## How was it noticed, and what would have shown it sooner?', '', '## What changes now, who does it, until when?', '',
  ].join('\n')
}

/** `3 d 4 h`, `2 h 5 min`, `12 min`. */
function formatSpan(span: Micros): string {
  const [days, hours, minutes] = [Math.floor(span / DAY), Math.floor(span % DAY / HOUR), Math.floor(span % HOUR / MINUTE)]
  if (days > 0) return `${days} d ${hours} h`
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min`
}
