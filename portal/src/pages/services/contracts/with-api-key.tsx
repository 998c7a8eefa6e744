import type { ContractAccount, Contracts, ServiceObject } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger, useLedgerSummary } from '../../../app/ledger.tsx'
import { Field } from '../../../parts/field.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { checkApiKey } from '../../../parts/form-checks.ts'
import { Id } from '../../../parts/id.tsx'
import { Loaded } from '../../../parts/loaded.tsx'
import { keepKey } from '../own/kept-key.ts'
import { clientWithKey, useContracts } from './use-contracts.ts'

type Props = {
  readonly service: ServiceObject
  /** Gets the account that signs; undefined where keys have none. */
  readonly children: (contracts: Contracts, account: ContractAccount | undefined) => ReactNode
}

const refusals = ['CREDENTIAL_UNKNOWN', 'CREDENTIAL_WRONG_ENVIRONMENT', 'CREDENTIAL_REVOKED']

/** Whether the node keeps an account for each key: on chains, where it signs. */
const hasAccounts = ({ keyMode, chainId }: ServiceObject) =>
  keyMode === 'key-trust' && chainId !== undefined

/** Asks for an API key of the service, and goes on once it is there. */
export function WithApiKey({ service, children }: Props) {
  const { t } = useTranslation()
  const { contracts, key } = useContracts(service.id)
  const [isOther, setOther] = useState(false)
  if (key === undefined || isOther)
    return <GiveKey service={service} onDone={() => setOther(false)} />
  return (
    <div className="stack">
      <p>
        {t('apiKey.used')} <code>{hintOf(key)}</code>{' '}
        <button type="button" className="link" onClick={() => setOther(true)}>
          {t('apiKey.other')}
        </button>
      </p>
      {hasAccounts(service) ? (
        <WithAccount service={service}>{(account) => children(contracts, account)}</WithAccount>
      ) : (
        children(contracts, undefined)
      )}
    </div>
  )
}

/** As the ledger has it, to know it by. */
const hintOf = (key: string) => `${key.slice(0, 5)}…${key.slice(-4)}`

type AccountProps = {
  readonly service: ServiceObject
  readonly children: (account: ContractAccount) => ReactNode
}

/** The account that the node keeps for the key: who calls are from. */
function WithAccount({ service: { id: service }, children }: AccountProps) {
  const { t } = useTranslation()
  const { id } = useLedger()
  const { contracts, key } = useContracts(service)
  const query = useQuery({
    queryKey: [id, 'contract account', service, key],
    queryFn: () => contracts.account(),
  })
  return (
    <Loaded query={query} lines={3}>
      {(account) => (
        <div className="stack">
          <p>
            {t('apiKey.signs')} <Id id={account.address} kind="address" />
          </p>
          {children(account)}
        </div>
      )}
    </Loaded>
  )
}

type GiveProps = { readonly service: ServiceObject; readonly onDone: () => void }

function GiveKey({ service, onDone }: GiveProps) {
  const { t } = useTranslation()
  const { id: ledger } = useLedger()
  const { environment } = useLedgerSummary()
  const form = useForm(
    {
      apiKey: {
        label: t('apiKey.label'),
        hint: t('apiKey.hint'),
        check: checkApiKey(environment),
        codes: refusals,
      },
    },
    async ({ apiKey }) => {
      const key = apiKey.trim()
      const contracts = clientWithKey(ledger, key).contracts(service.id)
      // Something that this key may ask, so that a wrong one is told of here.
      if (hasAccounts(service)) await contracts.account()
      else await contracts.list()
      keepKey(ledger, service.id, key)
      onDone()
    },
  )
  return (
    <Form form={form} label={t('apiKey.use')} submit={t('apiKey.use')}>
      <Field {...form.field('apiKey')} type="password" autoComplete="off" spellCheck={false} />
    </Form>
  )
}
