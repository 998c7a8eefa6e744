import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  retainSearchParams,
} from '@tanstack/react-router'
import { CrashPage } from './crash-page.tsx'
import { NotFoundPage } from './not-found-page.tsx'
import {
  entryViews,
  everyKey,
  logSearch,
  orders,
  organisationTabs,
  pathParam,
  type RawSearch,
  serviceTabs,
  tableSearch,
  textParam,
  wholeParam,
  wordParam,
} from './search-params.ts'
import { Shell } from './shell.tsx'

/** Every page, with what its URL may say beside its path. Pages are loaded when they are shown. */
const root = createRootRoute({
  component: Shell,
  notFoundComponent: NotFoundPage,
  errorComponent: CrashPage,
  validateSearch: (search: RawSearch): { ledger?: string | undefined } =>
    everyKey({ ledger: textParam(search, 'ledger') }),
  // Whoever looks at the sandbox goes on in the sandbox.
  search: { middlewares: [retainSearchParams(['ledger'])] },
})

const page = { getParentRoute: () => root }
const routes = [
  createRoute({
    ...page,
    path: '/',
    component: lazyRouteComponent(() => import('../pages/home/home-page.tsx'), 'HomePage'),
  }),
  createRoute({
    ...page,
    path: '/explore',
    validateSearch: (search: RawSearch): { q?: string | undefined } =>
      everyKey({ q: textParam(search, 'q') }),
    component: lazyRouteComponent(() => import('../pages/explore/explore-page.tsx'), 'ExplorePage'),
  }),
  createRoute({
    ...page,
    path: '/explore/entries',
    validateSearch: (search: RawSearch) =>
      everyKey({
        service: textParam(search, 'service'),
        key: textParam(search, 'key'),
        from: wholeParam(search, 'from'),
        to: wholeParam(search, 'to'),
        order: wordParam(search, 'order', orders),
        ...tableSearch(search),
      }),
    component: lazyRouteComponent(() => import('../pages/explore/entries-page.tsx'), 'EntriesPage'),
  }),
  createRoute({
    ...page,
    path: '/explore/entries/$index',
    validateSearch: (search: RawSearch) =>
      everyKey({ view: wordParam(search, 'view', entryViews) }),
    component: lazyRouteComponent(() => import('../pages/explore/entry-page.tsx'), 'EntryPage'),
  }),
  createRoute({
    ...page,
    path: '/explore/blocks/$height',
    validateSearch: (search: RawSearch) => everyKey({ entries: wholeParam(search, 'entries') }),
    component: lazyRouteComponent(() => import('../pages/explore/block-page.tsx'), 'BlockPage'),
  }),
  createRoute({
    ...page,
    path: '/explore/keys',
    validateSearch: (search: RawSearch) => everyKey({ key: textParam(search, 'key') }),
    component: lazyRouteComponent(() => import('../pages/explore/keys-page.tsx'), 'KeysPage'),
  }),
  createRoute({
    ...page,
    path: '/explore/objects',
    validateSearch: (search: RawSearch) => everyKey({ key: textParam(search, 'key') }),
    component: lazyRouteComponent(() => import('../pages/explore/object-page.tsx'), 'ObjectPage'),
  }),
  createRoute({
    ...page,
    path: '/receipt',
    component: lazyRouteComponent(() => import('../pages/receipt/receipt-page.tsx'), 'ReceiptPage'),
  }),
  createRoute({
    ...page,
    path: '/services',
    validateSearch: (search: RawSearch) => tableSearch(search),
    component: lazyRouteComponent(
      () => import('../pages/services/services-page.tsx'),
      'ServicesPage',
    ),
  }),
  createRoute({
    ...page,
    path: '/new-service',
    component: lazyRouteComponent(
      () => import('../pages/services/new/new-service-page.tsx'),
      'NewServicePage',
    ),
  }),
  createRoute({
    ...page,
    path: '/services/$service',
    validateSearch: (search: RawSearch) =>
      everyKey({
        tab: wordParam(search, 'tab', serviceTabs),
        webhook: textParam(search, 'webhook'),
        days: wholeParam(search, 'days'),
        contract: textParam(search, 'contract'),
        function: textParam(search, 'function'),
        ...tableSearch(search),
        ...logSearch(search),
      }),
    component: lazyRouteComponent(
      () => import('../pages/services/service-page.tsx'),
      'ServicePage',
    ),
  }),
  createRoute({
    ...page,
    path: '/services/$service/transactions/$hash',
    component: lazyRouteComponent(
      () => import('../pages/services/transaction-page.tsx'),
      'TransactionPage',
    ),
  }),
  createRoute({
    ...page,
    path: '/nodes',
    validateSearch: (search: RawSearch) => tableSearch(search),
    component: lazyRouteComponent(() => import('../pages/nodes/nodes-page.tsx'), 'NodesPage'),
  }),
  createRoute({
    ...page,
    path: '/nodes/$node',
    component: lazyRouteComponent(() => import('../pages/nodes/node-page.tsx'), 'NodePage'),
  }),
  createRoute({
    ...page,
    path: '/alliance',
    component: lazyRouteComponent(
      () => import('../pages/alliance/alliance-page.tsx'),
      'AlliancePage',
    ),
  }),
  createRoute({
    ...page,
    path: '/alliance/proposals',
    validateSearch: (search: RawSearch) => everyKey({ status: textParam(search, 'status') }),
    component: lazyRouteComponent(
      () => import('../pages/alliance/proposals-page.tsx'),
      'ProposalsPage',
    ),
  }),
  createRoute({
    ...page,
    path: '/alliance/proposals/$id',
    component: lazyRouteComponent(
      () => import('../pages/alliance/proposal-page.tsx'),
      'ProposalPage',
    ),
  }),
  createRoute({
    ...page,
    path: '/alliance/propose',
    validateSearch: (search: RawSearch) => everyKey({ kind: textParam(search, 'kind') }),
    component: lazyRouteComponent(
      () => import('../pages/alliance/propose-page.tsx'),
      'ProposePage',
    ),
  }),
  createRoute({
    ...page,
    path: '/audit',
    validateSearch: (search: RawSearch) =>
      everyKey({ module: textParam(search, 'module'), ...tableSearch(search) }),
    component: lazyRouteComponent(() => import('../pages/audit/audit-page.tsx'), 'AuditPage'),
  }),
  createRoute({
    ...page,
    path: '/docs',
    validateSearch: (search: RawSearch): { q?: string | undefined } =>
      everyKey({ q: textParam(search, 'q') }),
    component: lazyRouteComponent(
      () => import('../pages/docs/docs-start-page.tsx'),
      'DocsStartPage',
    ),
  }),
  createRoute({
    ...page,
    path: '/docs/$page',
    validateSearch: (search: RawSearch): { q?: string | undefined } =>
      everyKey({ q: textParam(search, 'q') }),
    component: lazyRouteComponent(() => import('../pages/docs/docs-page.tsx'), 'DocsPage'),
  }),
  createRoute({
    ...page,
    path: '/setup',
    component: lazyRouteComponent(() => import('../pages/account/setup-page.tsx'), 'SetupPage'),
  }),
  createRoute({
    ...page,
    path: '/sign-in',
    validateSearch: (search: RawSearch) =>
      everyKey({ back: pathParam(search, 'back'), error: textParam(search, 'error') }),
    component: lazyRouteComponent(() => import('../pages/account/sign-in-page.tsx'), 'SignInPage'),
  }),
  createRoute({
    ...page,
    path: '/sign-up',
    component: lazyRouteComponent(() => import('../pages/account/sign-up-page.tsx'), 'SignUpPage'),
  }),
  createRoute({
    ...page,
    path: '/account',
    component: lazyRouteComponent(() => import('../pages/account/account-page.tsx'), 'AccountPage'),
  }),
  createRoute({
    ...page,
    path: '/organisation',
    validateSearch: (search: RawSearch) =>
      everyKey({ tab: wordParam(search, 'tab', organisationTabs) }),
    component: lazyRouteComponent(
      () => import('../pages/organisation/organisation-page.tsx'),
      'OrganisationPage',
    ),
  }),
] as const

/** The router of the whole page. */
export function createPortalRouter() {
  return createRouter({
    routeTree: root.addChildren(routes),
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultNotFoundComponent: NotFoundPage,
    defaultErrorComponent: CrashPage,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createPortalRouter>
  }
}
