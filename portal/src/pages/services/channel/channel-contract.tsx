import type { ContractObject, Contracts, ServiceObject } from '@openbsn/sdk'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Facts } from '../../../parts/facts.tsx'
import { Choice, Field } from '../../../parts/field.tsx'
import { useFormats } from '../../../parts/formats.ts'
import { Loaded } from '../../../parts/loaded.tsx'
import { Section } from '../../../parts/page.tsx'
import { AllContractsLink } from '../contract-links.tsx'
import type { ContractFunction } from '../contracts/abi.ts'
import { canDeploy } from '../contracts/contract-view.tsx'
import { FunctionForm } from '../contracts/function-form.tsx'
import { WithApiKey } from '../contracts/with-api-key.tsx'
import { useOwnServices } from '../own/use-own.ts'
import { ContractLog } from './contract-log.tsx'
import { ContractState } from './contract-state.tsx'
import { ContractSteps } from './contract-steps.tsx'
import { anyFunction, isPreset, presetFunctions } from './preset-functions.ts'
import { useContract } from './use-contract.ts'

const route = getRouteApi('/services/$service')

type Props = { readonly service: ServiceObject; readonly name: string }

/** One contract of a channel: what it is, and its functions, asked and sent from here. */
export function ChannelContract({ service, name }: Props) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const query = useContract(service.id, name)
  const isOwn = useOwnServices()?.includes(service.id) ?? false
  return (
    <div className="stack">
      <AllContractsLink service={service.id} />
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
              <ContractSteps contract={contract} />
            </Section>
            <Section title={t('call.title')} note={t('channel.callNote')}>
              <WithApiKey service={service}>
                {(keyed) => <Functions {...{ service, contract, contracts: keyed }} />}
              </WithApiKey>
            </Section>
            {isOwn && !isPreset(contract.package) && (
              <ContractLog service={service.id} contract={contract.name} />
            )}
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
    <Unknown maySend={maySend} names={contract.functions ?? []} {...one} />
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

type UnknownProps = CalledProps & {
  readonly maySend: boolean
  /** What it says that it can be asked for; nothing where this node does not know. */
  readonly names: readonly string[]
}

/** Whoever calls a contract that is no preset knows what its functions take. */
function Unknown({ maySend, names, ...called }: UnknownProps) {
  const { t } = useTranslation()
  const [typed, setName] = useState('')
  const name = typed === '' ? (names[0] ?? '') : typed
  const [how, setHow] = useState<'asks' | 'sends'>('asks')
  const ways = maySend ? (['asks', 'sends'] as const) : (['asks'] as const)
  const wanted = name.trim()
  return (
    <div className="stack">
      {names.length > 0 ? (
        <Choice
          label={t('channel.functionName')}
          value={name}
          options={names.map((one) => [one, one] as const)}
          onChoose={setName}
        />
      ) : (
        <Field
          label={t('channel.functionName')}
          value={name}
          onChange={({ target }) => setName(target.value)}
          autoComplete="off"
          spellCheck={false}
        />
      )}
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
