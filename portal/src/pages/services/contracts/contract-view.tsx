import type { ContractObject, ServiceObject } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../../app/ledger.tsx'
import { CodeBlock } from '../../../parts/code-block.tsx'
import { Download } from '../../../parts/download.tsx'
import { Facts } from '../../../parts/facts.tsx'
import { Choice } from '../../../parts/field.tsx'
import { Id } from '../../../parts/id.tsx'
import { Loaded } from '../../../parts/loaded.tsx'
import { Section } from '../../../parts/page.tsx'
import { AllContractsLink } from '../contract-links.tsx'
import { functionsOf } from './abi.ts'
import { ContractEvents } from './contract-events.tsx'
import { FunctionForm } from './function-form.tsx'
import { useContracts } from './use-contracts.ts'
import { WithApiKey } from './with-api-key.tsx'

const route = getRouteApi('/services/$service')

type Props = { readonly service: ServiceObject; readonly name: string }

/** One contract: what is known of it, and its functions, read and called from here. */
export function ContractView({ service, name }: Props) {
  const { t } = useTranslation()
  const { id } = useLedger()
  const { contracts, key } = useContracts(service.id)
  const query = useQuery({
    queryKey: [id, 'contract', service.id, name, key],
    queryFn: () => contracts.get(name),
  })
  return (
    <div className="stack">
      <AllContractsLink service={service.id} />
      <Loaded query={query} lines={12}>
        {(contract) => (
          <div className="columns">
            <div className="stack loose">
              <Section title={contract.name}>
                <ContractFacts contract={contract} />
              </Section>
              <ContractEvents service={service} contract={contract.name} />
            </div>
            <Section title={t('call.title')} note={t('call.note')}>
              <WithApiKey service={service}>
                {(keyed) => <Functions service={service} contract={contract} contracts={keyed} />}
              </WithApiKey>
            </Section>
          </div>
        )}
      </Loaded>
    </div>
  )
}

function ContractFacts({ contract }: { readonly contract: ContractObject }) {
  const { t } = useTranslation()
  const { name, address, template, verified, hasSource, proxyOf, source, abi } = contract
  const state = verified
    ? 'contracts.verified'
    : hasSource
      ? 'contracts.known'
      : 'contracts.unknown'
  return (
    <>
      <Facts
        facts={[
          address === undefined
            ? undefined
            : [t('contracts.address'), <Id key="address" id={address} kind="address" />],
          [t('contracts.template'), template],
          [t('contracts.source'), t(state)],
          [t('contracts.compiler'), source?.compiler],
          proxyOf === undefined
            ? undefined
            : [t('contracts.proxyOf'), <Id key="proxy" id={proxyOf} kind="address" />],
        ]}
      />
      <div className="row">
        <Download
          name={`${name}.abi.json`}
          label={t('contracts.abi')}
          bytes={JSON.stringify(abi, undefined, 2)}
          type="application/json"
        />
      </div>
      {Object.entries(source?.sources ?? {}).map(([file, text]) => (
        <details key={file}>
          <summary>{file}</summary>
          <CodeBlock text={text} what={file} isTall />
        </details>
      ))}
    </>
  )
}

type FunctionsProps = {
  readonly service: ServiceObject
  readonly contract: ContractObject
  readonly contracts: Parameters<typeof FunctionForm>[0]['contracts']
}

/** Driven by the contract's own description; what the node cannot sign is not offered. */
function Functions({ service, contract, contracts }: FunctionsProps) {
  const { t } = useTranslation()
  const { function: asked } = route.useSearch()
  const navigate = route.useNavigate()
  const canSend = canDeploy(service)
  const all = functionsOf(contract.abi ?? []).filter(({ isRead }) => isRead || canSend)
  const item = all.find(({ name }) => name === asked) ?? all[0]
  if (!item) return <p className="note">{t('call.none')}</p>
  const choose = (name: string) =>
    void navigate({
      search: (before) => ({ ...before, function: name }) as typeof before,
      replace: true,
    })
  return (
    <div className="stack">
      <Choice
        label={t('call.function')}
        value={item.name}
        options={all.map(
          ({ name, isRead }) =>
            [name, t(isRead ? 'call.reads' : 'call.changes', { name })] as const,
        )}
        onChoose={choose}
      />
      <FunctionForm
        key={item.name}
        {...{ service: service.id, contract: contract.name, contracts, item }}
      />
    </div>
  )
}

/** Whether city nodes sign for who has a key of the service. */
export const canDeploy = ({ functions = [], keyMode }: ServiceObject): boolean =>
  keyMode === 'key-trust' && functions.includes('send')
