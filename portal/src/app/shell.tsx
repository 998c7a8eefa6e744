import { Outlet, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { announce, LiveRegion } from '../parts/announce.tsx'
import { Footer } from './footer.tsx'
import { Header } from './header.tsx'
import { LedgerProvider } from './ledger.tsx'
import { OfflineBanner } from './offline-banner.tsx'
import { Overlays } from './overlays.tsx'
import { ProofDialog } from './proof-dialog.tsx'

/** What stands around every page. */
export function Shell() {
  const { t } = useTranslation()
  const main = useRef<HTMLElement>(null)
  useFocusOnNavigation(main)
  return (
    <>
      <a className="skip" href="#main">
        {t('shell.skip')}
      </a>
      <Header />
      <OfflineBanner />
      <main id="main" ref={main} tabIndex={-1}>
        <LedgerProvider>
          <Outlet />
        </LedgerProvider>
      </main>
      <Footer />
      <LiveRegion />
      <Overlays />
      <ProofDialog />
    </>
  )
}

/** After each way to another page the focus is at its heading or the place named; both are said. */
function useFocusOnNavigation(main: React.RefObject<HTMLElement | null>): void {
  const path = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.pathname })
  const last = useRef<string | undefined>(undefined)
  useEffect(() => {
    const before = last.current
    last.current = path
    if (before === undefined || before === path) return
    // Lazy pages come a moment later.
    const frame = requestAnimationFrame(() => {
      const heading = main.current?.querySelector('h1')
      const named = location.hash === '' ? null : document.getElementById(location.hash.slice(1))
      const target = named ?? heading ?? main.current
      target?.focus({ preventScroll: true })
      if (heading?.textContent) announce(heading.textContent)
    })
    return () => cancelAnimationFrame(frame)
  }, [path, main])
}
