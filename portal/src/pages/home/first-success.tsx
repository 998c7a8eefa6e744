import { type Client, createClient, isCodedError } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLedgerParam } from '../../app/ledger.tsx'
import { portalClient, portalKey, useOrganisation } from '../../app/session.tsx'
import { hasVerified } from '../../app/verified.ts'
import { Icon } from '../../parts/icon.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Section } from '../../parts/page.tsx'

/** Services that are looked at. */
const servicesMax = 20
const steps = ['service', 'key', 'record', 'receipt'] as const

/** From an account to a proven record: what is done, as the ledgers have it, and what is next. */
export function FirstSuccess() {
  const { t } = useTranslation()
  const query = useDone()
  return (
    <Section title={t('firstSuccess.title')} note={t('firstSuccess.note')}>
      <Loaded query={query} lines={4}>
        {({ done, service, ledger }) => {
          const next = steps.findIndex((_, step) => !done[step])
          return (
            <ol className="progress">
              {steps.map((name, step) => (
                <li key={name} data-state={done[step] ? 'done' : 'waiting'}>
                  <Icon name={done[step] ? 'check' : 'dot'} />
                  {step === next ? (
                    <NextStep name={name} service={service} ledger={ledger} />
                  ) : (
                    <span>{t(`firstSuccess.steps.${name}`)}</span>
                  )}
                  <span className="faint">
                    {t(done[step] ? 'progress.done' : 'progress.waiting')}
                  </span>
                </li>
              ))}
            </ol>
          )
        }}
      </Loaded>
    </Section>
  )
}

const tabs = { key: 'credentials', record: 'try', receipt: 'records' } as const

type NextProps = Pick<Done, 'service' | 'ledger'> & { readonly name: (typeof steps)[number] }

function NextStep({ name, service, ledger = '' }: NextProps) {
  const { t } = useTranslation()
  const named = useLedgerParam(ledger)
  const text = t(`firstSuccess.steps.${name}`)
  if (name === 'service' || service === undefined) return <Link to="/new-service">{text}</Link>
  return (
    <Link to="/services/$service" params={{ service }} search={{ tab: tabs[name], ledger: named }}>
      {text}
    </Link>
  )
}

type Done = {
  /** By step. */
  readonly done: readonly boolean[]
  /** The one to go on with. */
  readonly service: string | undefined
  readonly ledger: string | undefined
}

/** Of all services of the organisation the one that came farthest. */
function useDone() {
  const { organisation } = useOrganisation()
  const id = organisation?.id ?? ''
  return useQuery({
    queryKey: [portalKey, id, 'first success'],
    queryFn: () => findDone(id),
    enabled: id !== '',
  })
}

async function findDone(organisation: string): Promise<Done> {
  const services = (await portalClient.organisations.services(organisation)).slice(-servicesMax)
  const { acts } = await portalClient.acts.list(organisation)
  const hasKey = acts.some(({ act, state }) => act === 'credential-create' && state === 'committed')
  const found = await Promise.all(
    services.map(async ({ ledger, service }) => {
      const client = createClient({ gateway: location.origin, ledger })
      const isVerified = hasVerified(ledger, service)
      const hasRecord = isVerified || (await hasEntries(client, service))
      return { service, ledger, done: [true, hasKey || hasRecord, hasRecord, isVerified] }
    }),
  )
  const count = ({ done }: { readonly done: readonly boolean[] }) => done.filter(Boolean).length
  const none: Done = { done: [false, false, false, false], service: undefined, ledger: undefined }
  return found.toSorted((a, b) => count(b) - count(a))[0] ?? none
}

/** Of what only its credentials read, nothing is known here. */
async function hasEntries(client: Client, service: string): Promise<boolean> {
  try {
    return (await client.list({ service, limit: 1 })).entries.length > 0
  } catch (error) {
    if (isCodedError(error) && !error.retryable) return false
    throw error
  }
}
