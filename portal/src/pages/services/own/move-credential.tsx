import type { PortalAct } from '@openbsn/sdk'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../../app/ledger.tsx'
import { useAct } from '../../../app/session.tsx'
import { Field } from '../../../parts/field.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { checkSame } from '../../../parts/form-checks.ts'
import type { OwnCredential } from './use-own.ts'

type Props = {
  readonly credential: OwnCredential
  readonly way: 'freeze' | 'unfreeze' | 'revoke'
  readonly onDone: (act: PortalAct) => void
}

/** Stops it for a while, lets it go on, or ends it for good: that wants its name typed. */
export function MoveCredential({ credential: { id, label, version }, way, onDone }: Props) {
  const { t } = useTranslation()
  const { id: ledger } = useLedger()
  const act = useAct()
  const isFinal = way === 'revoke'
  const same = checkSame(label)
  const name = {
    label: t('credentials.typeName', { label }),
    check: (text: string) => (isFinal ? same(text) : undefined),
  }
  const form = useForm({ name }, async () =>
    onDone(await act(`credential-${way}`, { id, expect: version }, { ledger })),
  )
  const submit = t(`credentials.ways.${way}`)
  return (
    <Form form={form} label={submit} submit={submit}>
      <p>{t(`credentials.what.${way}`)}</p>
      {isFinal && (
        <Field {...form.field('name')} autoComplete="off" spellCheck={false} dir="auto" />
      )}
    </Form>
  )
}
