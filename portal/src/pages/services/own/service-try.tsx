import { createClient, type ServiceObject } from '@openbsn/sdk'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../../app/ledger.tsx'
import { CodeBlock } from '../../../parts/code-block.tsx'
import { Facts } from '../../../parts/facts.tsx'
import { Field } from '../../../parts/field.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import type { Check } from '../../../parts/form-checks.ts'
import { useFormats } from '../../../parts/formats.ts'
import { Section } from '../../../parts/page.tsx'
import { operatorOf } from '../operator-of.ts'
import { keepKey, useKeptKey } from './kept-key.ts'
import { type Answer, watchedFetch } from './watched-fetch.ts'

type Shown = Answer & { readonly body: unknown; readonly entry: number; readonly key: string }

/** Writes a record as a program would, with an API key, and shows what came back. */
export function ServiceTry({ service }: { readonly service: ServiceObject }) {
  const { t } = useTranslation()
  const { id: ledger } = useLedger()
  const kept = useKeptKey(ledger, service.id)
  const [shown, setShown] = useState<Shown>()
  const [fetched] = useState(watchedFetch)
  const recordsWith = (key: string) => {
    const operator = operatorOf(service)
    const gateways = [{ url: location.origin, operator }]
    const apiKey = { key, operators: [operator] }
    const { fetch } = fetched
    return createClient({ gateways, ledger, apiKey, fetch, prefer: 'first' }).records(service.id)
  }
  const tell = (body: unknown, entry: number, key: string) => {
    const last = fetched.last()
    if (last) setShown({ ...last, body, entry, key })
  }
  const form = useForm(
    {
      apiKey: {
        label: t('try.apiKey'),
        hint: t(kept === undefined ? 'try.apiKeyHint' : 'try.apiKeyKept'),
        initial: kept ?? '',
        check: checkFilled,
      },
      key: {
        label: t('try.key'),
        hint: t('try.keyHint'),
        initial: 'first',
        check: checkFilled,
      },
      value: {
        label: t('try.value'),
        hint: t('try.valueHint'),
        initial: '{"hello":"world"}',
        check: checkJson,
      },
    },
    async ({ apiKey, key, value }) => {
      const record = { key: key.trim(), value: JSON.parse(value) as unknown }
      const written = await recordsWith(apiKey.trim()).put(record)
      keepKey(ledger, service.id, apiKey.trim())
      tell(written, written.index, record.key)
    },
  )
  const read = useForm({}, async () => {
    const key = shown?.key ?? ''
    const record = await recordsWith(form.values.apiKey.trim()).get(key)
    tell(record, record.index, key)
  })
  return (
    <div className="columns">
      <Section title={t('try.title')} note={t('try.note')}>
        <Form form={form} label={t('try.title')} submit={t('try.write')}>
          <Field {...form.field('apiKey')} type="password" autoComplete="off" />
          <Field {...form.field('key')} autoComplete="off" spellCheck={false} />
          <Field {...form.field('value')} autoComplete="off" spellCheck={false} />
        </Form>
      </Section>
      <Section title={t('try.answer')}>
        {shown ? (
          <>
            <Told shown={shown} />
            <Form form={read} label={t('try.read')} submit={t('try.read')} />
          </>
        ) : (
          <p className="note">{t('try.waiting')}</p>
        )}
      </Section>
    </div>
  )
}

const checkFilled: Check = (text) => (text.trim() === '' ? { what: 'empty' } : undefined)

const checkJson: Check = (text) => {
  try {
    JSON.parse(text)
    return undefined
  } catch {
    return { what: 'json' }
  }
}

function Told({ shown }: { readonly shown: Shown }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { status, ms, requestId, body, entry } = shown
  return (
    <div role="status">
      <Facts
        facts={[
          [t('try.status'), status],
          [t('try.time'), t('try.ms', { ms: number(Math.round(ms)) })],
          [t('problem.request'), <code key="request">{requestId}</code>],
          [
            t('try.entry'),
            <Link key="entry" to="/explore/entries/$index" params={{ index: String(entry) }}>
              {t('try.seeReceipt', { index: number(entry) })}
            </Link>,
          ],
        ]}
      />
      <CodeBlock text={JSON.stringify(body, undefined, 2)} what={t('try.answer')} isTall />
    </div>
  )
}
