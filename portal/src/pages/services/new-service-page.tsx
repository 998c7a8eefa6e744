import { createClient, isCodedError, type LedgerSummary } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { RequireAccount, useAct, useMe } from '../../app/session.tsx'
import { Choice, Field } from '../../parts/field.tsx'
import { Form, useForm } from '../../parts/form.tsx'
import { Page } from '../../parts/page.tsx'
import { Progress, progressAt } from '../../parts/progress.tsx'

/** /services/new: one page from a name to a service. */
export function NewServicePage() {
  const { t } = useTranslation()
  return (
    <RequireAccount>
      <Page title={t('newService.title')} lead={t('newService.lead')}>
        <NewService />
      </Page>
    </RequireAccount>
  )
}

const keyModes = ['key-trust', 'public-key-upload'] as const
const readers = ['anyone', 'credentials'] as const
const steps = ['publish', 'receipt', 'open'] as const
const namePattern = /^[a-z0-9][a-z0-9-]{1,62}$/

function NewService() {
  const { t } = useTranslation()
  const { all } = useLedger()
  // The sandbox first: whoever tries out breaks nothing there.
  const ledgers = all.toSorted((a, b) => Number(isLive(a)) - Number(isLive(b)))
  const [ledgerId, setLedger] = useState(ledgers[0]?.id ?? '')
  const ledger = ledgers.find(({ id }) => id === ledgerId) ?? ledgers[0]
  const frameworks = useFrameworks(ledger?.id ?? '')
  const [framework, setFramework] = useState('records')
  const [keyMode, setKeyMode] = useState<(typeof keyModes)[number]>('key-trust')
  const [read, setRead] = useState<(typeof readers)[number]>('anyone')
  const { publish, at, hasFailed } = usePublish()
  const form = useForm(
    {
      name: {
        label: t('newService.name'),
        hint: t('newService.nameHint'),
        check: (text) => (namePattern.test(text) ? undefined : { what: 'service' }),
        codes: ['ACT_CONFLICT'],
      },
    },
    ({ name }) =>
      publish({ name, ledger: ledger?.id ?? '', isFirst: ledger?.id === all[0]?.id }, {
        ...{ framework, readers: read },
        ...(framework === 'records' ? { keyMode } : {}),
      }),
  )
  const isRecords = framework === 'records'
  return (
    <div className="columns">
      <Form form={form} label={t('newService.title')} submit={t('newService.submit')}>
        <Field {...form.field('name')} autoComplete="off" spellCheck={false} />
        <Choice
          label={t('services.framework')}
          value={framework}
          options={frameworks.map((one) => [one, t(`newService.frameworks.${one}`)])}
          onChoose={setFramework}
        />
        <Choice
          label={t('service.environment')}
          value={ledger?.id ?? ''}
          options={ledgers.map((one) => [one.id, environmentOf(one, t)])}
          onChoose={setLedger}
        />
        {isRecords && (
          <Choice
            label={t('service.keyMode')}
            value={keyMode}
            options={keyModes.map((one) => [one, t(`newService.keyModes.${one}`)])}
            onChoose={setKeyMode}
          />
        )}
        <Choice
          label={t('services.read')}
          value={read}
          options={readers.map((one) => [one, t(`service.reads.${one}`)])}
          onChoose={setRead}
        />
      </Form>
      {at !== undefined && (
        <Progress
          steps={progressAt(
            steps.map((one) => t(`newService.steps.${one}`)),
            { at, hasFailed },
          )}
        />
      )}
    </div>
  )
}

const isLive = ({ environment }: LedgerSummary) => environment === 'live'

function environmentOf(one: LedgerSummary, t: (key: string) => string): string {
  const name = one.group ?? one.name
  return `${t(`newService.environments.${one.environment}`)} · ${name}`
}

/** What the nodes of a ledger run; records are everywhere. */
function useFrameworks(ledger: string): readonly string[] {
  const { data } = useQuery({
    queryKey: [ledger, 'frameworks'],
    queryFn: () =>
      createClient({ gateway: location.origin, ledger }).nodes({ status: 'active', limit: 1000 }),
    enabled: ledger !== '',
  })
  const offered = data?.nodes.flatMap(({ frameworks = [] }) => frameworks) ?? []
  return [...new Set(['records', ...offered])]
}

type Where = {
  readonly name: string
  readonly ledger: string
  /** Whether it is the ledger that pages are about where their URL names none. */
  readonly isFirst: boolean
}
type Chosen = {
  readonly framework: string
  readonly keyMode?: (typeof keyModes)[number]
  readonly readers: (typeof readers)[number]
}

/** Publishes a service step by step, and goes to its page. */
function usePublish() {
  const act = useAct()
  const navigate = useNavigate()
  const { refresh } = useMe()
  const [at, setAt] = useState<number>()
  const [hasFailed, setFailed] = useState(false)
  const publish = async ({ name, ledger, isFirst }: Where, chosen: Chosen) => {
    const client = createClient({ gateway: location.origin, ledger })
    setFailed(false)
    try {
      setAt(0)
      const { entry = 0 } = await act('service-create', { id: name, ...chosen }, { ledger })
      setAt(1)
      await untilThere(() => client.receipt(entry))
      setAt(2)
      await untilThere(() => client.service(name))
      await refresh()
    } catch (error) {
      setFailed(true)
      throw error
    }
    const search = { tab: 'credentials', ledger: isFirst ? undefined : ledger } as never
    await navigate({ to: '/services/$service', params: { service: name }, search })
  }
  return { publish, at, hasFailed }
}

/** A receipt takes until enough validators have signed: some tenths of a second. */
async function untilThere<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      const isLate =
        isCodedError(error) && ['RECEIPT_PENDING', 'SERVICE_UNKNOWN'].includes(error.code)
      if (!isLate || tries === 40) throw error
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
  }
}
