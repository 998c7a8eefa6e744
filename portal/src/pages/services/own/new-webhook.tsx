import type { ServiceObject } from '@openbsn/sdk'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { guarded } from '../../../app/proof.ts'
import { Choice, Field } from '../../../parts/field.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { Section } from '../../../parts/page.tsx'
import { useWebhooks } from './use-webhooks.ts'
import { checkContentType, checkFilterKey, checkReceiver, filterOf } from './webhook-checks.ts'

type Props = {
  readonly service: ServiceObject
  readonly onSecret: (secret: string) => void
}

const starts = ['now', 'first'] as const

/** Has the events of a service sent to one more receiver. */
export function NewWebhook({ service, onSecret }: Props) {
  const { t } = useTranslation()
  const { webhooks, refresh } = useWebhooks(service)
  const [start, setStart] = useState<(typeof starts)[number]>('now')
  const form = useForm(
    {
      url: {
        label: t('webhooks.url'),
        hint: t('webhooks.urlHint'),
        check: checkReceiver,
        codes: ['WEBHOOK_URL_INVALID', 'WEBHOOK_ADDRESS_REFUSED'],
      },
      key: { label: t('webhooks.key'), hint: t('webhooks.keyHint'), check: checkFilterKey },
      contentType: {
        label: t('webhooks.contentType'),
        hint: t('webhooks.contentTypeHint'),
        check: checkContentType,
      },
    },
    async (values) => {
      const asked = { url: values.url.trim(), filter: filterOf(values) }
      const from = start === 'first' ? { from: 0 } : {}
      const { secret = '' } = await guarded(() => webhooks.create({ ...asked, ...from }))
      for (const name of ['url', 'key', 'contentType'] as const) form.set(name)
      onSecret(secret)
      await refresh()
    },
  )
  return (
    <Section title={t('webhooks.make')}>
      <Form form={form} label={t('webhooks.make')} submit={t('webhooks.make')}>
        <Field {...form.field('url')} type="url" inputMode="url" autoComplete="off" />
        <Field {...form.field('key')} autoComplete="off" spellCheck={false} dir="auto" />
        <Field {...form.field('contentType')} autoComplete="off" spellCheck={false} />
        <Choice
          label={t('webhooks.start')}
          value={start}
          options={starts.map((one) => [one, t(`webhooks.starts.${one}`)])}
          onChoose={setStart}
        />
      </Form>
    </Section>
  )
}
