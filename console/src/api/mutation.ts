// A write that somebody asked for: its state, and its answer or its error. The library's own keeps queues of paused writes, which nothing here wants.
import { useEffect, useRef, useState } from 'react'

interface State<R> { data: R | undefined; error: Error | null; isPending: boolean }

export function useMutation<R, A = void>({ mutationFn, onSuccess }: { mutationFn: (input: A) => Promise<R>; /** Waited for, before the answer is shown. */ onSuccess?: (data: R) => unknown }): State<R> & { isSuccess: boolean; mutate: (input: A) => void } {
  const [state, setState] = useState<State<R>>({ data: undefined, error: null, isPending: false })
  const mounted = useRef(true)
  useEffect(() => { mounted.current = true; return () => { mounted.current = false } }, [])
  const mutate = async (input: A): Promise<void> => {
    setState({ data: undefined, error: null, isPending: true })
    let next: State<R>
    try {
      const data = await mutationFn(input)
      await onSuccess?.(data)
      next = { data, error: null, isPending: false }
    } catch (error) { next = { data: undefined, error: error as Error, isPending: false } }
    if (mounted.current) setState(next)
  }
  return { ...state, isSuccess: state.data !== undefined, mutate: input => { void mutate(input) } }
}
