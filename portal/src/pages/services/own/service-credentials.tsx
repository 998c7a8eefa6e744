import { type NewApiKey, newApiKey, type ServiceObject, toHex } from '@openbsn/sdk'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../../app/ledger.tsx'
import { useAct, useMe } from '../../../app/session.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { Choice, Field } from '../../../parts/field.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { checkName } from '../../../parts/form-checks.ts'
import { Loaded } from '../../../parts/loaded.tsx'
import { Section } from '../../../parts/page.tsx'
import { Secret } from '../../../parts/secret.tsx'
import { operatorOf } from '../operator-of.ts'
import { CredentialCard } from './credential-card.tsx'
import { keepKey } from './kept-key.ts'
import { useOwnCredentials } from './use-own.ts'

type Props = { readonly service: ServiceObject }

/** Credentials of a service, for the organisation that published it. */
export function ServiceCredentials({ service }: Props) {
  const { t } = useTranslation()
  const { id: ledger } = useLedger()
  const navigate = useNavigate()
  const query = useOwnCredentials(service.id)
  const [made, setMade] = useState<NewApiKey>()
  const show = (key: NewApiKey) => {
    keepKey(ledger, service.id, key.key)
    setMade(key)
  }
  if (made) {
    return (
      <Secret
        what={t('credentials.newKey')}
        secret={made.key}
        fileName={`${service.id}.key`}
        next={t('credentials.tryIt')}
        onSaved={() =>
          void navigate({
            to: '/services/$service',
            params: { service: service.id },
            search: (before) => ({ ...before, tab: 'try' }) as typeof before,
          })
        }
      />
    )
  }
  return (
    <div className="columns">
      <Section title={t('credentials.make')} note={t('credentials.makeNote')}>
        <NewCredential service={service} onMade={show} />
      </Section>
      <Section title={t('credentials.all')} note={t('credentials.allNote')}>
        <Loaded query={query} lines={4}>
          {(all) =>
            all.length === 0 ? (
              <Empty title={t('credentials.none')} why={t('credentials.noneWhy')} />
            ) : (
              <ul className="cards">
                {all.map((one) => (
                  <CredentialCard key={one.id} credential={one} onMade={show} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Section>
    </div>
  )
}

const uses = ['write', 'read'] as const
const scopesOf = { write: ['records:write', 'records:read'], read: ['records:read'] } as const

type NewProps = Props & { readonly onMade: (key: NewApiKey) => void }

/** The key is made here; what goes out is its hash. */
function NewCredential({ service, onMade }: NewProps) {
  const { t } = useTranslation()
  const { id: ledger, summary } = useLedger()
  const act = useAct()
  const { refresh } = useMe()
  const [use, setUse] = useState<(typeof uses)[number]>('write')
  const form = useForm(
    { label: { label: t('credentials.label'), hint: t('credentials.labelHint'), check: checkName } },
    async ({ label }) => {
      const key = newApiKey(summary.environment)
      const id = `cred_${toHex(crypto.getRandomValues(new Uint8Array(8)))}`
      await act(
        'credential-create',
        {
          ...{ id, service: service.id, label: label.trim(), keys: [] },
          ...{ operators: [operatorOf(service)], scopes: scopesOf[use] },
          apiKeys: [[key.hash, key.hint]],
        },
        { ledger },
      )
      onMade(key)
      void refresh()
    },
  )
  return (
    <Form form={form} label={t('credentials.make')} submit={t('credentials.makeKey')}>
      <Field {...form.field('label')} autoComplete="off" dir="auto" />
      <Choice
        label={t('credentials.use')}
        value={use}
        options={uses.map((one) => [one, t(`credentials.uses.${one}`)])}
        onChoose={setUse}
      />
    </Form>
  )
}
