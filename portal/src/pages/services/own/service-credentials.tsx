import type { ServiceObject } from '@openbsn/sdk'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../../app/ledger.tsx'
import { useOrganisation } from '../../../app/session.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { Loaded } from '../../../parts/loaded.tsx'
import { Section } from '../../../parts/page.tsx'
import { Secret } from '../../../parts/secret.tsx'
import { RegisteredAct } from '../../explore/registered.tsx'
import { CredentialCard } from './credential-card.tsx'
import { keepKey } from './kept-key.ts'
import { NewCredential } from './new-credential.tsx'
import type { MadeKey } from './new-secret.ts'
import { takesPuts } from './takes-puts.ts'
import { useLastUsed, useOwnCredentials } from './use-own.ts'

type Props = { readonly service: ServiceObject }

/** Credentials of a service, for the organisation that published it. */
export function ServiceCredentials({ service }: Props) {
  const { id: ledger } = useLedger()
  const [made, setMade] = useState<MadeKey>()
  const show = (key: MadeKey) => {
    const { apiKey } = key.secret
    if (apiKey !== undefined) keepKey(ledger, service.id, apiKey)
    setMade(key)
  }
  if (made) return <Made service={service} made={made} onKept={() => setMade(undefined)} />
  return <All service={service} onMade={show} />
}

type MadeProps = Props & { readonly made: MadeKey; readonly onKept: () => void }

/** The key, shown once, and then the place where it is tried. */
function Made({ service, made: { secret, act }, onKept }: MadeProps) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { id } = service
  const isApiKey = secret.apiKey !== undefined
  const isTried = isApiKey && takesPuts(service) && act.act === 'credential-create'
  const goOn = async () => {
    if (isTried) {
      await navigate({
        to: '/services/$service',
        params: { service: id },
        search: ({ ledger }) => ({ ledger, tab: 'try' as const }),
      })
    } else onKept()
    // The button that had the focus is gone: the way goes on from the tab.
    document.querySelector<HTMLElement>('[role="tab"][aria-selected="true"]')?.focus()
  }
  return (
    <Secret
      what={t(isApiKey ? 'credentials.newKey' : 'credentials.newFile')}
      secret={secret.text}
      fileName={isApiKey ? `${id}.key` : `${id}.credential`}
      next={t(isTried ? 'credentials.tryIt' : 'credentials.back')}
      onSaved={() => void goOn()}
    >
      {!isApiKey && <p>{t('credentials.fileNote')}</p>}
      <RegisteredAct act={act} />
    </Secret>
  )
}

type AllProps = Props & { readonly onMade: (key: MadeKey) => void }

function All({ service, onMade }: AllProps) {
  const { t } = useTranslation()
  const { may } = useOrganisation()
  const query = useOwnCredentials(service.id)
  const { data: uses } = useLastUsed(service.id)
  const isRunning = service.status === 'running'
  return (
    <div className="columns">
      <Section title={t('credentials.make')} note={t('credentials.makeNote')}>
        {may('credential-create') && isRunning ? (
          <NewCredential service={service} onMade={onMade} />
        ) : (
          <p className="note">{t(isRunning ? 'credentials.noRight' : 'credentials.notRunning')}</p>
        )}
      </Section>
      <Section title={t('credentials.all')} note={t('credentials.allNote')}>
        <Loaded query={query} lines={4}>
          {(all) =>
            all.length === 0 ? (
              <Empty title={t('credentials.none')} why={t('credentials.noneWhy')} />
            ) : (
              <ul className="cards">
                {all.map((one) => (
                  <CredentialCard
                    key={one.id}
                    credential={one}
                    used={uses && (uses.get(one.id) ?? 'never')}
                    service={service}
                    onMade={onMade}
                  />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Section>
    </div>
  )
}
