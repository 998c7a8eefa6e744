import type { PortalAct } from '@openbsn/sdk'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../../app/ledger.tsx'
import { Field } from '../../../parts/field.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { checkSame } from '../../../parts/form-checks.ts'
import { RegisteredAct } from '../../explore/registered.tsx'

type Props = {
  /** What comes of it, for whoever is about to do it. */
  readonly what: string
  readonly submit: string
  /** What has to be typed where it is hard to undo. */
  readonly typed?: string | undefined
  readonly send: () => Promise<PortalAct>
}

/** One act, and once it is done its entry and receipt. What the page shows is asked for anew. */
export function ActForm({ what, submit, typed, send }: Props) {
  const { t } = useTranslation()
  const { id } = useLedger()
  const queries = useQueryClient()
  const [done, setDone] = useState<PortalAct>()
  const name = {
    label: t('organisation.typeName', { name: typed }),
    check: typed === undefined ? undefined : checkSame(typed),
  }
  const form = useForm({ name }, async () => {
    setDone(await send())
    await queries.invalidateQueries({ queryKey: [id] })
  })
  if (done) return <RegisteredAct act={done} />
  return (
    <Form form={form} label={submit} submit={submit}>
      <p>{what}</p>
      {typed !== undefined && (
        <Field {...form.field('name')} autoComplete="off" spellCheck={false} dir="auto" />
      )}
    </Form>
  )
}
