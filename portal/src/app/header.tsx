import { Link, useRouterState } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../parts/icon.tsx'
import { AccountMenu } from './account-menu.tsx'
import { LedgerSwitch } from './ledger-switch.tsx'
import { sections } from './navigation.ts'
import { openOverlay } from './overlays.tsx'
import { Preferences } from './preferences.tsx'

/** Name, ways, search, the ledger with its environment, and what a reader chooses. */
export function Header() {
  const { t } = useTranslation()
  const [isOpen, setOpen] = useState(false)
  const path = useRouterState({ select: ({ location }) => location.pathname })
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the menu.
  useEffect(() => setOpen(false), [path])
  return (
    <header className="top">
      <div className="top-bar">
        <Link to="/" className="brand" aria-label={t('shell.home')}>
          <Mark />
          <span>OpenBSN</span>
        </Link>
        <nav
          id="sections"
          className="sections"
          aria-label={t('shell.sections')}
          data-open={isOpen || undefined}
        >
          {sections.map(([name, to]) => (
            <Link key={name} to={to} activeProps={{ 'aria-current': 'page' }}>
              {t(`nav.${name}`)}
            </Link>
          ))}
        </nav>
        <button
          type="button"
          className="search-button"
          aria-label={t('search.open')}
          aria-keyshortcuts="/ Control+K"
          onClick={() => openOverlay('search')}
        >
          <Icon name="search" />
          <span className="search-word">{t('search.title')}</span>
          <kbd>/</kbd>
        </button>
        <LedgerSwitch />
        <Preferences />
        <AccountMenu />
        <button
          type="button"
          className="icon-button menu-button"
          aria-label={t('shell.menu')}
          aria-expanded={isOpen}
          aria-controls="sections"
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name={isOpen ? 'cross' : 'menu'} />
        </button>
      </div>
    </header>
  )
}

/** Blocks, each on the one before. */
function Mark() {
  return (
    <svg viewBox="0 0 24 24" className="mark" aria-hidden="true">
      <path d="M3 3h8v8H3zM13 13h8v8h-8z" />
      <path d="M13 3h8v8h-8zM3 13h8v8H3z" opacity=".35" />
    </svg>
  )
}
