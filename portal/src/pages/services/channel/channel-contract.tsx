import type { ContractObject, Contracts, ServiceObject } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../../app/ledger.tsx'
import { liveMs } from '../../../app/queries.ts'
import { Facts } from '../../../parts/facts.tsx'
import { Choice, Field } from '../../../parts/field.tsx'
import { useFormats } from '../../../parts/formats.ts'
import { Loaded } from '../../../parts/loaded.tsx'
import { Section } from '../../../parts/page.tsx'
import type { ContractFunction } from '../contracts/abi.ts'
import { canDeploy } from '../contracts/contract-view.tsx'
import { FunctionForm } from '../contracts/function-form.tsx'
import { useContracts } from '../contracts/use-contracts.ts'
import { WithApiKey } from '../contracts/with-api-key.tsx'
import { ContractState } from './contract-state.tsx'
import { anyFunction, presetFunctions } from './preset-functions.ts'

const route = getRouteApi('/services/$service')

type Props = { readonly service: ServiceObject; readonly name: string }

/** One contract of a channel: what it is, and its functions, asked and sent from here. */
export function ChannelContract({ service, name }: Props) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { id } = useLedger()
  const { contracts, key } = useContracts(service.id)
  const query = useQuery({
    queryKey: [id, 'contract', service.id, name, key],
    queryFn: () => contracts.get(name),
    refetchInterval: ({ state: { data } }) => (data?.waitsFor === undefined ? 4 * liveMs : liveMs),
  })
  return (
    <div className="stack">
      <p>
        <Link
          to="/services/$service"
          params={{ service: service.id }}
          search={{ tab: 'contracts' }}
        >
          {t('contracts.all')}
        </Link>
      </p>
      <Loaded query={query} lines={12}>
        {(contract) => (
          <div className="columns">
            <Section title={contract.name}>
              <Facts
                facts={[
                  [t('channel.state'), <ContractState key="state" waitsFor={contract.waitsFor} />],
                  [t('channel.package'), <code key="package">{contract.package}</code>],
                  [t('channel.sequence'), number(contract.sequence ?? 0)],
                  [t('channel.policy'), contract.policy ?? t('channel.policyMost')],
                ]}
              />
            </Section>
            <Section title={t('call.title')} note={t('channel.callNote')}>
              <WithApiKey service={service}>
                {(keyed) => <Functions {...{ service, contract, contracts: keyed }} />}
              </WithApiKey>
            </Section>
          </div>
        )}
      </Loaded>
    </div>
  )
}

type FunctionsProps = {
  readonly service: ServiceObject
  readonly contract: ContractObject
  readonly contracts: Contracts
}

function Functions({ service, contract, contracts }: FunctionsProps) {
  const all = presetFunctions(contract.package ?? '')
  const one = { service: service.id, contract: contract.name, contracts }
  const maySend = canDeploy(service)
  return all ? (
    <Known all={all.filter(({ isRead }) => isRead || maySend)} {...one} />
  ) : (
    <Unknown maySend={maySend} {...one} />
  )
}

type CalledProps = Omit<Parameters<typeof FunctionForm>[0], 'item' | 'hints'>

/** What is said of inputs that do not say themselves what they are. */
const hinted: readonly string[] = ['baseKey', 'baseValue', 'digest']

function Known({ all, ...called }: CalledProps & { readonly all: readonly ContractFunction[] }) {
  const { t } = useTranslation()
  const { function: asked } = route.useSearch()
  const navigate = route.useNavigate()
  const item = all.find(({ name }) => name === asked) ?? all[0]
  if (!item) return <p className="note">{t('call.none')}</p>
  const choose = (name: string) =>
    void navigate({
      search: (before) => ({ ...before, function: name }) as typeof before,
      replace: true,
    })
  const hints = item.inputs.map(({ name }) =>
    hinted.includes(name) ? t(`channel.hints.${name}`) : undefined,
  )
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
      <FunctionForm key={item.name} {...{ ...called, item, hints }} />
    </div>
  )
}

/** Whoever calls a contract that is no preset knows what it has. */
function Unknown({ maySend, ...called }: CalledProps & { readonly maySend: boolean }) {
  const { t } = useTranslation()
  const [name, setName] = useState('')
  const [how, setHow] = useState<'asks' | 'sends'>('asks')
  const ways = maySend ? (['asks', 'sends'] as const) : (['asks'] as const)
  const wanted = name.trim()
  return (
    <div className="stack">
      <Field
        label={t('channel.functionName')}
        value={name}
        onChange={({ target }) => setName(target.value)}
        autoComplete="off"
        spellCheck={false}
      />
      <Choice
        label={t('channel.how')}
        value={how}
        options={ways.map((one) => [one, t(`channel.${one}`)] as const)}
        onChoose={setHow}
      />
      {wanted === '' ? (
        <p className="note">{t('channel.nameFirst')}</p>
      ) : (
        <FunctionForm key={how} {...called} item={anyFunction(wanted, how === 'asks')} />
      )}
    </div>
  )
}
