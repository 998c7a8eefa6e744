import type { AllianceObject, MemberObject } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { Badge } from '../../parts/badge.tsx'
import { Facts } from '../../parts/facts.tsx'
import { useFormats } from '../../parts/formats.ts'
import { Icon } from '../../parts/icon.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { Groups, Roots } from './roots.tsx'

/** /alliance: who decides, by which rules, and whose certificates are trusted. */
export function AlliancePage() {
  const { t } = useTranslation()
  const { id, client } = useLedger()
  const query = useQuery({ queryKey: [id, 'alliance'], queryFn: () => client.alliance() })
  return (
    <Page
      title={t('alliance.title')}
      lead={t('alliance.lead')}
      actions={
        <Link to="/alliance/proposals" className="button">
          {t('alliance.proposals')}
        </Link>
      }
    >
      <Loaded query={query} lines={14}>
        {(alliance) => (
          <>
            {alliance.stopped && (
              <p className="banner" role="status">
                <Icon name="warning" />
                {t('alliance.stopped')}
              </p>
            )}
            <div className="columns">
              <div>
                <Members />
                <Groups />
                <Roots />
              </div>
              <Rules alliance={alliance} />
            </div>
          </>
        )}
      </Loaded>
    </Page>
  )
}

function Members() {
  const { t } = useTranslation()
  const { number, percent } = useFormats()
  const { id, client } = useLedger()
  const query = useQuery({
    queryKey: [id, 'members'],
    queryFn: () => client.members({ limit: 1000 }),
  })
  return (
    <Section title={t('alliance.members')}>
      <Loaded query={query} lines={4}>
        {({ members }) => {
          const total = powerOf(members)
          return (
            <ul className="lines">
              {members.map((one) => (
                <li key={one.id}>
                  <Link to="/explore/objects" search={{ key: `member/${one.id}` }}>
                    {one.id}
                  </Link>
                  <span className="clip">{one.name}</span>
                  <span className="tabular">
                    {t('alliance.power', { power: number(one.power) })}{' '}
                    {one.status === 'active' && (
                      <span className="faint">{percent(one.power / total)}</span>
                    )}
                  </span>
                  <Badge state={one.status} />
                </li>
              ))}
            </ul>
          )
        }}
      </Loaded>
    </Section>
  )
}

function powerOf(members: readonly MemberObject[]): number {
  const active = members.filter(({ status }) => status === 'active')
  return active.reduce((sum, { power }) => sum + power, 0) || 1
}

function Rules({ alliance }: { readonly alliance: AllianceObject }) {
  const { t } = useTranslation()
  const { duration, number } = useFormats()
  const { quorum, threshold, deadlineMin, deadlineMax, locks, serviceReview, software } = alliance
  const share = ([part, whole]: readonly [number, number]) => `${part}/${whole}`
  return (
    <Section title={t('alliance.rules')} note={t('alliance.rulesNote')}>
      <Facts
        facts={[
          [t('alliance.quorum'), t('alliance.quorumValue', { share: share(quorum) })],
          [t('alliance.threshold'), t('alliance.thresholdValue', { share: share(threshold) })],
          [
            t('alliance.deadline'),
            t('alliance.deadlineValue', { min: duration(deadlineMin), max: duration(deadlineMax) }),
          ],
          [t('alliance.lock'), <Locks key="locks" locks={locks} />],
          [t('alliance.review'), t(serviceReview ? 'alliance.reviewOn' : 'alliance.reviewOff')],
          ...software.map(
            ({ version, from }) =>
              [
                t('alliance.software'),
                t('alliance.softwareValue', { version, from: number(from) }),
              ] as const,
          ),
        ]}
      />
    </Section>
  )
}

function Locks({ locks }: Pick<AllianceObject, 'locks'>) {
  const { t } = useTranslation()
  const { duration } = useFormats()
  return (
    <ul>
      {Object.entries(locks).map(([kind, seconds]) => (
        <li key={kind}>
          {t('alliance.lockOf', {
            kind: t(`alliance.kinds.${kind}`, { defaultValue: kind }),
            time: seconds === 0 ? t('alliance.atOnce') : duration(seconds),
          })}
        </li>
      ))}
    </ul>
  )
}
