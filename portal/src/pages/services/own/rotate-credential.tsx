import type { ServiceObject } from '@openbsn/sdk'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger, useLedgerSummary } from '../../../app/ledger.tsx'
import { useAct } from '../../../app/session.tsx'
import { nowSeconds } from '../../../parts/clock.ts'
import { Choice } from '../../../parts/field.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { type Overlap, overlapNames, overlaps } from './credential-terms.ts'
import { type MadeKey, type NewSecret, newApiKeySecret, newKeySecret } from './new-secret.ts'
import { useDraft } from './use-draft.ts'
import type { OwnCredential } from './use-own.ts'

type Props = {
  readonly credential: OwnCredential
  readonly service: ServiceObject
  readonly onMade: (key: MadeKey) => void
}
type Draft = { readonly secret: NewSecret; readonly expect: number; readonly until: number }

/** A new key of the same kind in place of the old one, which works for some time more. */
export function RotateCredential({ credential, service, onMade }: Props) {
  const { t } = useTranslation()
  const { id: ledger, client } = useLedger()
  const { environment } = useLedgerSummary()
  const act = useAct()
  const draft = useDraft<Draft>()
  const [overlap, setOverlap] = useState<Overlap>('day')
  const { id, label, version } = credential
  const begin = async (): Promise<Draft> => {
    const names = { gateway: location.origin, ledger, service: service.id, credential: id, label }
    const isApiKey = credential.apiKeys.length > 0
    const secret = isApiKey ? newApiKeySecret(environment) : await newKeySecret(names, client)
    const until = nowSeconds() + overlaps[overlap]
    return { secret, expect: version, until }
  }
  const form = useForm({}, async () =>
    onMade(
      await draft(overlap, begin, async ({ secret, ...own }) => {
        const fields = { id, ...own, ...secret.keys }
        return { secret, act: await act('credential-rotate', fields, { ledger }) }
      }),
    ),
  )
  const submit = t('credentials.ways.rotate')
  return (
    <Form form={form} label={submit} submit={submit}>
      <p>{t('credentials.what.rotate')}</p>
      <Choice
        label={t('credentials.overlap')}
        value={overlap}
        options={overlapNames.map((one) => [one, t(`credentials.overlaps.${one}`)])}
        onChoose={setOverlap}
      />
    </Form>
  )
}
