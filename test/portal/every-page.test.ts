import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { organisationTabs, serviceTabs } from '../../portal/src/app/search-params.ts'
import { publicPages } from './portal-world.ts'
import { type AccountPages, paths } from './use-account-pages.ts'
import { buildPaths } from './use-credentials.ts'
import { logPaths } from './use-log-pages.ts'
import { servicePaths } from './use-service-pages.ts'

/** What is looked at by axe in every form, whatever else it is used for. */
const walked = [
  ...publicPages({ sandbox: 'bsn1', lastRow: 1, transaction: '0x12' }),
  ...[...paths.own, ...paths.anybody, ...paths.auditor, ...servicePaths],
  ...logPaths({ kept: new Map() } as unknown as AccountPages),
  ...buildPaths('bsn1'),
].map((path) => new URL(path, 'http://localhost'))

it('every page of the router is one of those that are looked at in every form', () => {
  const file = join(import.meta.dirname, '../../portal/src/app/router.tsx')
  const routes = [...readFileSync(file, 'utf8').matchAll(/\bpath: '([^']+)'/g)]
  assert.ok(routes.length > 20)
  for (const [, route = ''] of routes) {
    const form = new RegExp(`^${route.replaceAll(/\$\w+/g, '[^/]+')}$`)
    assert.ok(
      walked.some(({ pathname }) => form.test(pathname)),
      `nobody looks at ${route}`,
    )
  }
})

it('every tab, too', () => {
  const tabsOf = (form: RegExp, first: string) =>
    new Set(
      walked
        .filter(({ pathname }) => form.test(pathname))
        .map(({ searchParams }) => searchParams.get('tab') ?? first),
    )
  const services = tabsOf(/^\/services\/[^/]+$/, 'overview')
  assert.deepEqual([...services].sort(), [...serviceTabs].sort())
  const organisation = tabsOf(/^\/organisation$/, organisationTabs[0])
  assert.deepEqual([...organisation].sort(), [...organisationTabs].sort())
})
