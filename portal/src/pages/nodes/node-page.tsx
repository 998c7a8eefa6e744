import type { NodeObject } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { liveMs } from '../../app/queries.ts'
import { Badge } from '../../parts/badge.tsx'
import { Facts } from '../../parts/facts.tsx'
import { useFormats } from '../../parts/formats.ts'
import { Id } from '../../parts/id.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { ProvenObjectView } from '../explore/proven-object.tsx'
import { nodeState } from './node-state.ts'

const route = getRouteApi('/nodes/$node')

/** /nodes/ID: a city node as the ledger has it, and as this gateway finds it. */
export function NodePage() {
  const { t } = useTranslation()
  const { node: name } = route.useParams()
  const { id, client } = useLedger()
  const query = useQuery({
    queryKey: [id, 'node', name],
    queryFn: () => client.node(name),
    refetchInterval: 4 * liveMs,
  })
  const { data } = query
  return (
    <Page over={t('node.over')} title={name} lead={data && <Badge state={nodeState(data)} />}>
      <Loaded query={query} lines={12}>
        {(node) => (
          <div className="columns">
            <div>
              <NodeFacts node={node} />
              <Liveness node={node} />
              <Network />
            </div>
            <Section title={t('service.proof')} note={t('node.proofNote')}>
              <ProvenObjectView stateKey={`node/${name}`} />
            </Section>
          </div>
        )}
      </Loaded>
    </Page>
  )
}

function NodeFacts({ node }: { readonly node: NodeObject }) {
  const { t, i18n } = useTranslation()
  const regions = new Intl.DisplayNames(i18n.language, { type: 'region', fallback: 'code' })
  const { city, country, latitude = 0, longitude = 0, operator, gateway, software } = node
  const degrees = (value: number) => (value / 1e6).toFixed(4)
  return (
    <Section title={t('node.facts')}>
      <Facts
        facts={[
          [t('nodes.operator'), operator],
          [t('nodes.city'), city],
          [t('node.country'), country && regions.of(country)],
          [t('node.place'), `${degrees(latitude)}, ${degrees(longitude)}`],
          [t('node.gateway'), gateway && <Id key="gateway" id={gateway} kind="url" full />],
          [t('node.software'), software],
          [t('node.frameworks'), node.frameworks?.join(', ')],
          [
            t('node.groups'),
            node.groups && node.groups.length > 0 ? node.groups.join(', ') : undefined,
          ],
        ]}
      />
      {node.equivocation && (
        <p className="error-text">
          {t('node.equivocation', { count: node.equivocation.times, last: node.equivocation.last })}
        </p>
      )}
    </Section>
  )
}

function Liveness({ node: { liveness } }: { readonly node: NodeObject }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  if (!liveness) return <p className="note">{t('node.notAsked')}</p>
  const { asked, seen, latencyMs, height, behind } = liveness
  return (
    <Section title={t('node.liveness')} note={t('node.livenessNote')}>
      <Facts
        facts={[
          [t('node.asked'), <Time key="asked" seconds={asked} kind="wall" />],
          [
            t('node.seen'),
            seen === undefined ? t('node.never') : <Time key="seen" seconds={seen} kind="wall" />,
          ],
          [
            t('nodes.latency'),
            latencyMs === undefined ? undefined : t('nodes.ms', { ms: number(latencyMs) }),
          ],
          [t('nodes.height'), height === undefined ? undefined : number(height)],
          [t('node.behind'), behind === undefined ? undefined : number(behind)],
        ]}
      />
    </Section>
  )
}

function Network() {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { id, client } = useLedger()
  const query = useQuery({ queryKey: [id, 'network'], queryFn: () => client.network() })
  return (
    <Section title={t('node.network')} note={t('node.networkNote')}>
      <Loaded query={query} lines={4}>
        {({ sequencer, height, catchingUp, peers, validators }) => (
          <Facts
            facts={[
              [t('node.sequencer'), t(`node.sequencers.${sequencer}`)],
              [t('nodes.height'), number(height)],
              [t('node.catchingUp'), t(catchingUp ? 'parts.yes' : 'parts.no')],
              [t('node.peers'), number(peers.length)],
              [
                t('home.validators'),
                t('node.signed', {
                  signed: number(validators.filter(({ signed }) => signed).length),
                  all: number(validators.length),
                }),
              ],
            ]}
          />
        )}
      </Loaded>
    </Section>
  )
}
