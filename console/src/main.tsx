import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { createRoot } from 'react-dom/client'
import { ApiError } from './api/client.ts'
import { takeTokenFromAddress } from './api/token.ts'
import { router } from './router.tsx'
import './styles/tokens.css'
import './styles/base.css'
import './styles/shell.css'
import './styles/parts.css'

takeTokenFromAddress()
// The link may be opened in a tab that shows the same page already.
addEventListener('hashchange', takeTokenFromAddress)

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000, refetchOnWindowFocus: false,
      // What the server has said stands; only silence is asked again.
      retry: (count, error) => count < 3 && (!(error instanceof ApiError) || error.status === 0 || error.status === 503),
    },
  },
})

createRoot(document.getElementById('root') as HTMLElement).render(<QueryClientProvider client={client}><RouterProvider router={router} /></QueryClientProvider>)
