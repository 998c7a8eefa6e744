import { sha256, toHex } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLedger, useLedgers } from '../../app/ledger.tsx'
import { Badge } from '../../parts/badge.tsx'
import { Id } from '../../parts/id.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Section } from '../../parts/page.tsx'
import { useObject } from '../explore/use-object.ts'
import { rootsOf } from './proposable-signers.ts'

/** The certificates that gateways of the alliance are trusted by. */
export function Roots() {
  const { t } = useTranslation()
  const query = useObject('roots')
  return (
    <Section title={t('alliance.roots')} note={t('alliance.rootsNote')}>
      <Loaded query={query} lines={3}>
        {({ object }) => {
          const roots = rootsOf(object ?? new Map())
          if (roots.length === 0) return <p className="note">{t('alliance.noRoots')}</p>
          return (
            <ul className="hashes">
              {roots.map((one) => (
                <li key={toHex(sha256(one))}>
                  <Id id={toHex(sha256(one))} kind="certificate" />
                </li>
              ))}
            </ul>
          )
        }}
      </Loaded>
    </Section>
  )
}

/** The other ledgers of the alliance. */
export function Groups() {
  const { t } = useTranslation()
  const { id, client } = useLedger()
  const { data: all = [] } = useLedgers()
  const query = useQuery({
    queryKey: [id, 'groups'],
    queryFn: () => client.groups({ limit: 1000 }),
  })
  return (
    <Section title={t('alliance.groups')} note={t('alliance.groupsNote')}>
      <Loaded query={query} lines={2}>
        {({ groups }) => {
          if (groups.length === 0) return <p className="note">{t('alliance.noGroups')}</p>
          return (
            <ul className="lines">
              {groups.map(({ id: name, ledger, status, nodes }) => (
                <li key={name}>
                  {all.some((one) => one.id === ledger) ? (
                    <Link to="/" search={{ ledger }}>
                      {name}
                    </Link>
                  ) : (
                    <span>{name}</span>
                  )}
                  <Id id={ledger} kind="ledger" />
                  <span className="faint">{t('alliance.groupNodes', { count: nodes.length })}</span>
                  <Badge state={status} />
                </li>
              ))}
            </ul>
          )
        }}
      </Loaded>
    </Section>
  )
}
