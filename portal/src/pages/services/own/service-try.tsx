import { createClient, type ServiceObject } from '@openbsn/sdk'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger, useLedgerSummary } from '../../../app/ledger.tsx'
import { Area, Choice, Field } from '../../../parts/field.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { checkApiKey, checkIfGiven, checkJson, checkRecordKey } from '../../../parts/form-checks.ts'
import { Section } from '../../../parts/page.tsx'
import { operatorOf } from '../operator-of.ts'
import { keepKey, useKeptKey } from './kept-key.ts'
import { type Tried, TriedAnswer } from './tried-answer.tsx'
import { isWrite, type Operation, operations, placeOf, run } from './try-operations.ts'
import { TryRpc } from './try-rpc.tsx'
import { watchedFetch } from './watched-fetch.ts'

type Props = { readonly service: ServiceObject }

/** A service as a program has it, with an API key: by what it has, a chain or records. */
export function ServiceTry({ service }: Props) {
  const { rpc } = service
  return rpc === undefined ? (
    <TryRecords service={service} />
  ) : (
    <TryRpc service={{ ...service, rpc }} />
  )
}

/** Calls it, and shows what came back. */
function TryRecords({ service }: Props) {
  const { t } = useTranslation()
  const { id: ledger } = useLedger()
  const [tried, setTried] = useState<Tried>()
  const [watched] = useState(watchedFetch)
  const offered = operations.filter((one) => service.functions?.includes(one))
  const [operation, setOperation] = useState<Operation>(offered[0] ?? 'put')
  const form = useTryForm(service, operation, async ({ apiKey, ...values }) => {
    const operator = operatorOf(service)
    const key = apiKey.trim()
    const client = createClient({
      ...{ gateways: [{ url: location.origin, operator }], ledger, fetch: watched.fetch },
      ...(key === '' ? {} : { apiKey: { key, operators: [operator] } }),
      prefer: 'first',
    })
    setTried(undefined)
    const body = await run(client.records(service.id), operation, values)
    if (key !== '') keepKey(ledger, service.id, key)
    const answer = watched.last()
    if (answer) setTried({ ...answer, body, ...placeOf(body) })
  })
  return (
    <div className="columns">
      <Section title={t('try.title')} note={t('try.note')}>
        <Form form={form} label={t('try.title')} submit={t(`try.operations.${operation}`)}>
          <Choice
            label={t('try.operation')}
            value={operation}
            options={offered.map((one) => [one, t(`try.operations.${one}`)])}
            onChoose={setOperation}
          />
          <Field {...form.field('apiKey')} type="password" autoComplete="off" />
          {operation !== 'list' && (
            <Field {...form.field('key')} autoComplete="off" spellCheck={false} dir="auto" />
          )}
          {isWrite(operation) && (
            <Area {...form.field('value')} spellCheck={false} rows={4} dir="auto" />
          )}
        </Form>
      </Section>
      <Section title={t('try.answer')}>
        {tried ? <TriedAnswer tried={tried} /> : <p className="note">{t('try.waiting')}</p>}
      </Section>
    </div>
  )
}

type TryField = 'apiKey' | 'key' | 'value'
type Send = (values: Readonly<Record<TryField, string>>) => Promise<void>

/** Its fields by what is done: those that are not asked for are not looked at. */
function useTryForm({ id, readers }: ServiceObject, operation: Operation, send: Send) {
  const { t } = useTranslation()
  const { id: ledger } = useLedger()
  const { environment } = useLedgerSummary()
  const kept = useKeptKey(ledger, id)
  const isNeeded = isWrite(operation) || readers !== 'anyone'
  const checkKey = checkApiKey(environment)
  return useForm<TryField>(
    {
      apiKey: {
        label: t('try.apiKey'),
        hint: t(kept === undefined ? 'try.apiKeyHint' : 'try.apiKeyKept'),
        initial: kept ?? '',
        // Of none where everybody may ask.
        check: isNeeded ? checkKey : checkIfGiven(checkKey),
      },
      key: {
        label: t('try.key'),
        hint: t('try.keyHint'),
        initial: 'first',
        check: operation === 'list' ? undefined : checkRecordKey,
      },
      value: {
        label: t('try.value'),
        hint: t('try.valueHint'),
        initial: '{"hello":"world"}',
        check: isWrite(operation) ? checkJson : undefined,
      },
    },
    send,
  )
}
