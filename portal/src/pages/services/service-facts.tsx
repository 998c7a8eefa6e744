import type { ServiceObject } from '@openbsn/sdk'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Facts } from '../../parts/facts.tsx'
import { useFormats } from '../../parts/formats.ts'
import { Section } from '../../parts/page.tsx'
import { ProvenObjectView } from '../explore/proven-object.tsx'

/** What the ledger has of a service, in words, and as the proven object. */
export function ServiceFacts({ service }: { readonly service: ServiceObject }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { id, framework = '', publisher, environment, keyMode, access, readers } = service
  const { functions = [], nodes = [], chainId, rpc, version } = service
  const word = (list: string, value: string | undefined) =>
    value === undefined ? undefined : t(`service.${list}.${value}`, { defaultValue: value })
  return (
    <div className="columns">
      <Section title={t('service.facts')}>
        <Facts
          facts={[
            [t('services.framework'), t(`frameworks.${framework}`, { defaultValue: framework })],
            [t('services.publisher'), publisher?.replace(/^\w+\//, '')],
            [t('service.environment'), environment && t(`environments.${environment}`)],
            [t('service.keyMode'), word('keyModes', keyMode)],
            [t('service.access'), word('accesses', access)],
            [t('services.read'), word('reads', readers)],
            [t('service.functions'), functions.length > 0 ? functions.join(', ') : undefined],
            [
              t('service.nodes'),
              nodes.length > 0 ? <NodeLinks key="nodes" nodes={nodes} /> : t('service.everyNode'),
            ],
            chainId === undefined ? undefined : [t('service.chain'), number(chainId)],
            rpc === undefined ? undefined : [t('service.rpc'), <code key="rpc">{rpc}</code>],
            [t('service.version'), number(version)],
          ]}
        />
        <Roles service={service} />
      </Section>
      <Section title={t('service.proof')} note={t('service.proofNote')}>
        <ProvenObjectView stateKey={`service/${id}`} />
      </Section>
    </div>
  )
}

function NodeLinks({ nodes }: { readonly nodes: readonly string[] }) {
  return nodes.map((node, at) => (
    <span key={node}>
      {at > 0 && ', '}
      <Link to="/nodes/$node" params={{ node }}>
        {node}
      </Link>
    </span>
  ))
}

function Roles({ service: { roles = [] } }: { readonly service: ServiceObject }) {
  const { t } = useTranslation()
  if (roles.length === 0) return null
  return (
    <>
      <h3>{t('service.roles')}</h3>
      <Facts facts={roles.map(({ role, functions }) => [role, functions.join(', ')])} />
    </>
  )
}
