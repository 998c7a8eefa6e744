import { type ServiceObject, toHex } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger, useLedgerSummary } from '../../../app/ledger.tsx'
import { useAct } from '../../../app/session.tsx'
import { Checks } from '../../../parts/checks.tsx'
import { nowSeconds } from '../../../parts/clock.ts'
import { Choice, Field } from '../../../parts/field.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { checkName, checkSome, chosenOf } from '../../../parts/form-checks.ts'
import { Loaded } from '../../../parts/loaded.tsx'
import { operatorOf } from '../operator-of.ts'
import { endOf, type Life, lifeNames, scopesAtFirst, scopesOf } from './credential-terms.ts'
import {
  type MadeKey,
  type NewSecret,
  newApiKeySecret,
  newKeySecret,
  type SecretKind,
} from './new-secret.ts'
import { scopeName } from './scope-name.ts'
import { useDraft } from './use-draft.ts'

type Props = { readonly service: ServiceObject; readonly onMade: (key: MadeKey) => void }

/** A new credential; what it may be made for comes from the ledger. */
export function NewCredential({ service, onMade }: Props) {
  const { id, client } = useLedger()
  const query = useQuery({ queryKey: [id, 'info'], queryFn: () => client.info() })
  return (
    <Loaded query={query} lines={8}>
      {({ frameworks }) => (
        <Terms service={service} scopes={scopesOf(service, frameworks)} onMade={onMade} />
      )}
    </Loaded>
  )
}

const kinds = ['api-key', 'own-key'] as const

type TermsProps = Props & { readonly scopes: readonly string[] }

/** The key is made here; what goes out is its hash, or the public key. */
function Terms({ service, scopes, onMade }: TermsProps) {
  const { t } = useTranslation()
  // Where city nodes sign nothing, programs write with keys of their own.
  const isSigned = service.keyMode !== 'key-trust' && scopes.includes('records:write')
  const [kind, setKind] = useState<SecretKind>(isSigned ? 'own-key' : 'api-key')
  const [life, setLife] = useState<Life>('never')
  const create = useCreate(service)
  const form = useForm(
    {
      label: {
        label: t('credentials.label'),
        hint: t('credentials.labelHint'),
        check: checkName,
      },
      scopes: {
        label: t('credentials.scopes'),
        initial: scopesAtFirst(scopes),
        check: checkSome,
      },
    },
    async ({ label, scopes: chosen }) =>
      onMade(await create({ label: label.trim(), scopes: chosenOf(chosen), kind, life })),
  )
  return (
    <Form form={form} label={t('credentials.make')} submit={t('credentials.makeKey')}>
      <Field {...form.field('label')} autoComplete="off" dir="auto" />
      <Checks {...form.field('scopes')} options={scopes.map((one) => [one, scopeName(t, one)])} />
      <Choice
        label={t('credentials.kind')}
        value={kind}
        options={kinds.map((one) => [one, t(`credentials.kinds.${one}`)])}
        onChoose={setKind}
      />
      <Choice
        label={t('credentials.ends')}
        value={life}
        options={lifeNames.map((one) => [one, t(`credentials.lives.${one}`)])}
        onChoose={setLife}
      />
    </Form>
  )
}

type Wish = {
  readonly label: string
  readonly scopes: readonly string[]
  readonly kind: SecretKind
  readonly life: Life
}
type Draft = { readonly id: string; readonly secret: NewSecret; readonly expires?: number }

/** Makes a credential; the same wish again, while no answer came, is the same act. */
function useCreate(service: ServiceObject) {
  const { id: ledger, client } = useLedger()
  const { environment } = useLedgerSummary()
  const act = useAct()
  const draft = useDraft<Draft>()
  const begin = async ({ label, kind, life }: Wish): Promise<Draft> => {
    const id = `cred_${toHex(crypto.getRandomValues(new Uint8Array(8)))}`
    const names = { ledger, service: service.id, credential: id, label }
    const secret =
      kind === 'api-key'
        ? newApiKeySecret(environment)
        : await newKeySecret({ gateway: location.origin, ...names }, client)
    const expires = endOf(life, nowSeconds())
    return { id, secret, ...(expires === undefined ? {} : { expires }) }
  }
  return (wish: Wish): Promise<MadeKey> =>
    draft(
      wish,
      () => begin(wish),
      async ({ secret, ...own }) => {
        const { label, scopes, kind } = wish
        const operators = kind === 'api-key' ? { operators: [operatorOf(service)] } : {}
        const fields = { ...own, service: service.id, label, scopes, ...operators, ...secret.keys }
        return { secret, act: await act('credential-create', fields, { ledger }) }
      },
    )
}
