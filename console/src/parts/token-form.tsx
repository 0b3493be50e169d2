import { useQuery, useQueryClient } from '@tanstack/react-query'
import { ApiError, get } from '../api/client.ts'
import { useMutation } from '../api/mutation.ts'
import { statusQuery } from '../api/queries.ts'
import { getToken, setToken, useToken } from '../api/token.ts'
import type { Status } from '../api/types.ts'
import { Problem } from './panel.tsx'

export type Writer = 'scientist' | 'approver' | 'auditor' | 'admin'

/** Whether this tab may do what needs `role`: with a token, and with that role. */
export function useMay(role: Writer): { may: boolean; why: 'no token' | 'other role' | null; you: Status['you'] | undefined } {
  const token = useToken()
  const you = useQuery(statusQuery(token)).data?.you
  if (token === null || you === undefined) return { may: false, why: 'no token', you }
  const may = you.role === 'admin' || you.role === role
  return { may, why: may ? null : 'other role', you }
}

/** How to get a token, and where to put it. */
export function TokenForm({ role }: { role: Writer }) {
  const client = useQueryClient()
  const { why, you } = useMay(role)
  const home = useQuery(statusQuery(getToken())).data?.home ?? 'HOME'
  const enter = useMutation({
    mutationFn: async (token: string) => {
      setToken(token)
      // A token that is not known is forgotten by the read itself.
      const status = await get<Status>('/status')
      if (getToken() === null) throw new ApiError(401, { title: 'This token is not accepted', detail: 'It is not known here, or was taken back.', remedy: 'Copy the whole of it, with slipway_ in front; each home has its own.' })
      return status
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['/status'] }),
  })
  return <form onSubmit={e => { e.preventDefault(); const token = String(new FormData(e.currentTarget).get('token') ?? '').trim(); if (token !== '') enter.mutate(token) }}>
    <p>{why === 'other role' ? <>You are {you?.actor} with the role {you?.role}, and this needs <b>{role}</b>. With another token:</> : <>Reading needs no token; changing something does, so that the ledger knows who did it. On the server's machine:</>}</p>
    <pre>cat {home}/local.token</pre>
    <label className="field">Token<input name="token" type="password" autoComplete="off" required spellCheck={false} placeholder="slipway_…" /></label>
    <p className="small">It stays in this tab until it is closed. <code>slipway start</code> prints a link that carries it.</p>
    <button type="submit" className="main" disabled={enter.isPending}>Use this token</button>
    {enter.error === null ? null : <Problem error={enter.error} />}
  </form>
}
