import { get } from '../api/client.ts'
import { useMutation } from '../api/mutation.ts'
import type { Replay } from '../api/types.ts'
import { value } from './format.ts'
import { Problem } from './panel.tsx'
import { Chip } from './refs.tsx'

/** Computes it again from the stored content, and compares bits. Changes nothing. */
export function ReplayButton({ id }: { id: string }) {
  const run = useMutation({ mutationFn: () => get<Replay>(`/predictions/${encodeURIComponent(id)}/replay`) })
  return <>
    <button type="button" className="main" onClick={() => { run.mutate() }} disabled={run.isPending}>{run.isPending ? 'Replaying …' : 'Replay'}</button>
    <span role="status">{run.data === undefined ? null : run.data.equal
      ? <Chip tone="good">computed again, equal to the bit: {run.data.replayed}</Chip>
      : <Chip tone="bad">differs in {run.data.differences.map(d => `${d.what} (${value(d.logged)}, now ${value(d.replayed)})`).join(', ')}</Chip>}</span>
    {run.error === null ? null : <Problem error={run.error} />}
  </>
}
