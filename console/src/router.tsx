import { createRootRoute, createRoute, createRouter, lazyRouteComponent, retainSearchParams } from '@tanstack/react-router'
import { Page } from './parts/page.tsx'
import { Problem, Skeleton } from './parts/panel.tsx'
import { Shell } from './parts/shell.tsx'
import { readView, type ViewSearch } from './parts/view.ts'

const root = createRootRoute({
  component: Shell,
  validateSearch: readView,
  search: { middlewares: [retainSearchParams<ViewSearch>(['lens', 'asOf'])] },
  notFoundComponent: () => <Page title="Not found" headline="There is no page at this address"><p>The navigation on the left leads to everything there is.</p></Page>,
})

const text = (v: unknown): string | undefined => (typeof v === 'string' && v !== '' ? v : typeof v === 'number' ? String(v) : undefined)
const at = <P extends string>(path: P) => ({ getParentRoute: () => root, path })

interface PredictionsSearch { endpoint?: string; entity?: string; from?: string; to?: string; before?: number }
interface AuditSearch { action?: string; subject?: string; after?: number }

const routes = root.addChildren([
  createRoute({ ...at('/'), component: lazyRouteComponent(() => import('./pages/overview.tsx'), 'OverviewPage') }),
  createRoute({
    ...at('/predictions'), component: lazyRouteComponent(() => import('./pages/predictions.tsx'), 'PredictionsPage'),
    validateSearch: (s: Record<string, unknown>): PredictionsSearch => ({ endpoint: text(s.endpoint), entity: text(s.entity), from: text(s.from), to: text(s.to), before: typeof s.before === 'number' ? s.before : undefined }),
  }),
  createRoute({ ...at('/predictions/$id'), component: lazyRouteComponent(() => import('./pages/prediction.tsx'), 'PredictionPage') }),
  createRoute({ ...at('/endpoints'), component: lazyRouteComponent(() => import('./pages/endpoints.tsx'), 'EndpointsPage') }),
  createRoute({ ...at('/endpoints/$name'), component: lazyRouteComponent(() => import('./pages/endpoint.tsx'), 'EndpointPage') }),
  createRoute({ ...at('/models'), component: lazyRouteComponent(() => import('./pages/models.tsx'), 'ModelsPage') }),
  createRoute({ ...at('/models/$model'), component: lazyRouteComponent(() => import('./pages/model.tsx'), 'ModelPage') }),
  createRoute({ ...at('/models/$model/$version'), component: lazyRouteComponent(() => import('./pages/version.tsx'), 'VersionPage') }),
  createRoute({ ...at('/data'), component: lazyRouteComponent(() => import('./pages/data.tsx'), 'DataPage') }),
  createRoute({ ...at('/data/view/$name'), component: lazyRouteComponent(() => import('./pages/feature-view.tsx'), 'FeatureViewPage') }),
  createRoute({ ...at('/data/$kind/$name'), component: lazyRouteComponent(() => import('./pages/dataset.tsx'), 'DatasetPage') }),
  createRoute({ ...at('/monitoring'), component: lazyRouteComponent(() => import('./pages/monitoring.tsx'), 'MonitoringPage') }),
  createRoute({ ...at('/monitoring/$endpoint'), component: lazyRouteComponent(() => import('./pages/monitoring.tsx'), 'MonitoringPage') }),
  createRoute({ ...at('/approvals'), component: lazyRouteComponent(() => import('./pages/approvals.tsx'), 'ApprovalsPage') }),
  createRoute({
    ...at('/audit'), component: lazyRouteComponent(() => import('./pages/audit.tsx'), 'AuditPage'),
    validateSearch: (s: Record<string, unknown>): AuditSearch => ({ action: text(s.action), subject: text(s.subject), after: typeof s.after === 'number' ? s.after : undefined }),
  }),
  createRoute({ ...at('/audit/$index'), component: lazyRouteComponent(() => import('./pages/entry.tsx'), 'EntryPage') }),
])

export const router = createRouter({
  routeTree: routes, defaultPreload: 'intent', scrollRestoration: true, defaultPendingMs: 300, trailingSlash: 'never',
  defaultPendingComponent: () => <Skeleton lines={6} />,
  defaultErrorComponent: ({ error, reset }: { error: unknown; reset: () => void }) => <Problem error={error instanceof Error ? error : new Error(String(error))} onRetry={() => { if (/import|module|fetch/i.test(String(error))) location.reload(); else reset() }} />,
})

declare module '@tanstack/react-router' { interface Register { router: typeof router } }
