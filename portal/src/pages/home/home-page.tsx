import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLedger, useLedgerSummary } from '../../app/ledger.tsx'
import { liveMs } from '../../app/queries.ts'
import { useOrganisation } from '../../app/session.tsx'
import { Badge } from '../../parts/badge.tsx'
import { Empty } from '../../parts/empty.tsx'
import { useFormats } from '../../parts/formats.ts'
import { Id } from '../../parts/id.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { BlockList } from '../explore/block-list.tsx'
import { useHead, useLastBlocks } from '../explore/use-blocks.ts'
import { FirstSteps } from './first-steps.tsx'
import { FirstSuccess } from './first-success.tsx'

/** /: what this network is, where it stands, what is on it, how to begin. */
export function HomePage() {
  const { t } = useTranslation()
  const summary = useLedgerSummary()
  const { id } = useLedger()
  const { may } = useOrganisation()
  const isBuilder = may('service-create')
  return (
    <Page
      over={t('home.over')}
      title={summary.group ?? summary.name}
      lead={t(`home.lead.${summary.environment}`)}
      actions={<Id id={id} kind="ledger" to={{ to: '/explore/keys' }} />}
    >
      <Figures />
      <div className="columns">
        <div>
          {isBuilder && <FirstSuccess />}
          <Services />
          {!isBuilder && <FirstSteps />}
        </div>
        <LastBlocks />
      </div>
    </Page>
  )
}

function Figures() {
  const { t } = useTranslation()
  const { number } = useFormats()
  const summary = useLedgerSummary()
  const { id, client } = useLedger()
  const { data: head } = useHead()
  const services = useServices()
  const nodes = useQuery({
    queryKey: [id, 'active nodes'],
    queryFn: () => client.nodes({ status: 'active', limit: 1000 }),
    refetchInterval: 4 * liveMs,
  })
  const count = (list: readonly unknown[] | undefined) => (list ? number(list.length) : '–')
  return (
    <dl className="figures">
      <div>
        <dt>{t('home.height')}</dt>
        <dd>{number(head?.height ?? summary.height)}</dd>
        <dd className="faint">{head ? <Time seconds={head.time} /> : '\u00a0'}</dd>
      </div>
      <div>
        <dt>{t('home.entries')}</dt>
        <dd>{number(head?.size ?? summary.size)}</dd>
        <dd className="faint">{t('home.everyProven')}</dd>
      </div>
      <div>
        <dt>{t('home.services')}</dt>
        <dd>{count(services.data?.services)}</dd>
        <dd className="faint">
          <Link to="/services">{t('home.see')}</Link>
        </dd>
      </div>
      <div>
        <dt>{t('home.nodes')}</dt>
        <dd>{count(nodes.data?.nodes)}</dd>
        <dd className="faint">
          <Link to="/nodes">{t('home.map')}</Link>
        </dd>
      </div>
      <div>
        <dt>{t('home.validators')}</dt>
        <dd>{count(head?.validators)}</dd>
        <dd className="faint">
          <Link to="/explore/keys">{t('home.theirKeys')}</Link>
        </dd>
      </div>
    </dl>
  )
}

function useServices() {
  const { id, client } = useLedger()
  return useQuery({
    queryKey: [id, 'services'],
    queryFn: () => client.services({ limit: 1000 }),
    refetchInterval: 4 * liveMs,
  })
}

const servicesShown = 8

function Services() {
  const { t } = useTranslation()
  const query = useServices()
  return (
    <Section title={t('home.servicesTitle')}>
      <Loaded query={query} lines={4}>
        {({ services }) =>
          services.length === 0 ? (
            <Empty title={t('services.none')} why={t('services.noneWhy')} />
          ) : (
            <ul className="lines">
              {services.slice(0, servicesShown).map(({ id, framework = '', status = '' }) => (
                <li key={id}>
                  <Link to="/services/$service" params={{ service: id }}>
                    {id}
                  </Link>
                  <span className="faint">
                    {t(`frameworks.${framework}`, { defaultValue: framework })}
                  </span>
                  <Badge state={status} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  )
}

function LastBlocks() {
  const { t } = useTranslation()
  const head = useHead()
  const blocks = useLastBlocks(head.data?.height, 10)
  return (
    <Section title={t('explore.lastBlocks')}>
      <Loaded query={head} lines={10}>
        {() => <BlockList blocks={blocks} />}
      </Loaded>
    </Section>
  )
}
