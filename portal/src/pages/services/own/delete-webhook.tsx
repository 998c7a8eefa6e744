import type { ServiceObject, WebhookObject } from '@openbsn/sdk'
import { useTranslation } from 'react-i18next'
import { guarded } from '../../../app/proof.ts'
import { announce } from '../../../parts/announce.tsx'
import { Field } from '../../../parts/field.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { checkSame } from '../../../parts/form-checks.ts'
import { useWebhooks } from './use-webhooks.ts'
import { hostOf } from './webhook-checks.ts'

type Props = {
  readonly service: ServiceObject
  readonly webhook: WebhookObject
  readonly onDone: () => void
}

/** Ends a webhook for good, once the host of its receiver was typed. */
export function DeleteWebhook({ service, webhook: { id, url }, onDone }: Props) {
  const { t } = useTranslation()
  const { webhooks, refresh } = useWebhooks(service)
  const name = hostOf(url)
  const form = useForm(
    { name: { label: t('organisation.typeName', { name }), check: checkSame(name) } },
    async () => {
      await guarded(() => webhooks.delete(id))
      onDone()
      await refresh()
      announce(t('webhooks.done.delete'))
    },
  )
  return (
    <Form form={form} label={t('webhooks.deleteTitle')} submit={t('webhooks.buttons.delete')}>
      <p>{t('webhooks.deleteWhy')}</p>
      <Field {...form.field('name')} autoComplete="off" spellCheck={false} dir="auto" />
    </Form>
  )
}
