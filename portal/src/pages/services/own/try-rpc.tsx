import { CodedError, type ServiceObject } from '@openbsn/sdk'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger, useLedgerSummary } from '../../../app/ledger.tsx'
import { Area, Choice, Field } from '../../../parts/field.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { checkApiKey } from '../../../parts/form-checks.ts'
import { Section } from '../../../parts/page.tsx'
import { type RpcCall, rpcBody, rpcSample } from '../rpc-samples.ts'
import { Sample, useSampleLanguage } from '../sample.tsx'
import { keepKey, useKeptKey } from './kept-key.ts'
import { checkMethod, checkParams, examples, paramsIn } from './rpc-examples.ts'
import { type Tried, TriedAnswer } from './tried-answer.tsx'
import { watchedFetch } from './watched-fetch.ts'

type Props = { readonly service: ServiceObject & { readonly rpc: string } }

/** Asks the chain of a service by JSON-RPC, as its tools do, and shows what came back. */
export function TryRpc({ service }: Props) {
  const { t } = useTranslation()
  const { id: ledger } = useLedger()
  const { environment } = useLedgerSummary()
  const kept = useKeptKey(ledger, service.id)
  const [tried, setTried] = useState<Tried>()
  const [example, setExample] = useState('eth_chainId')
  const form = useForm(
    {
      apiKey: {
        label: t('try.apiKey'),
        hint: t(kept === undefined ? 'try.apiKeyHint' : 'try.apiKeyKept'),
        initial: kept ?? '',
        check: checkApiKey(environment),
      },
      method: { label: t('try.method'), initial: 'eth_chainId', check: checkMethod },
      params: {
        label: t('try.params'),
        hint: t('try.paramsHint'),
        initial: '[]',
        check: checkParams,
      },
    },
    async ({ apiKey, method, params }) => {
      setTried(undefined)
      const key = apiKey.trim()
      const call = { method: method.trim(), params: paramsIn(params) ?? [] }
      setTried(await askChain(service.rpc, key, call))
      keepKey(ledger, service.id, key)
    },
  )
  const choose = (method: string) => {
    setExample(method)
    form.set('method', method)
    form.set('params', examples.find((one) => one.method === method)?.params)
  }
  const { method, params } = form.values
  const call = { method: method.trim(), params: paramsIn(params) ?? [] }
  return (
    <div className="columns">
      <Section title={t('try.title')} note={t('try.rpcNote')}>
        <Form form={form} label={t('try.title')} submit={t('try.ask')}>
          <Field {...form.field('apiKey')} type="password" autoComplete="off" />
          <Choice
            label={t('try.example')}
            value={example}
            options={examples.map((one) => [one.method, t(`try.examples.${one.method}`)] as const)}
            onChoose={choose}
          />
          <Field {...form.field('method')} autoComplete="off" spellCheck={false} />
          <Area {...form.field('params')} spellCheck={false} rows={4} />
        </Form>
      </Section>
      <div className="stack loose">
        <Section title={t('try.answer')}>
          {tried ? <TriedAnswer tried={tried} /> : <p className="note">{t('try.waiting')}</p>}
        </Section>
        <SameCall rpc={service.rpc} call={call} />
      </div>
    </div>
  )
}

/** The call that is in the form, as a program. */
function SameCall({ rpc, call }: { readonly rpc: string; readonly call: RpcCall }) {
  const { t } = useTranslation()
  const chosen = useSampleLanguage()
  const text = rpcSample(chosen.language, { gateway: location.origin, rpc, call })
  return (
    <Section title={t('try.sample')} note={t('code.keyNote')}>
      <div className="stack">
        <Sample {...chosen} text={text} />
      </div>
    </Section>
  )
}

/** At the same door, with the key as a header: addresses are kept in more places than headers. */
async function askChain(rpc: string, key: string, call: RpcCall): Promise<Tried> {
  const watched = watchedFetch()
  try {
    const answer = await watched.fetch(rpc.replace('/{accessKey}', ''), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: rpcBody(call),
      credentials: 'omit',
      redirect: 'error',
    })
    const text = await answer.text()
    const told = watched.last() ?? { status: answer.status, ms: 0, requestId: '' }
    return { ...told, body: jsonOr(text) }
  } catch (cause) {
    throw new CodedError('GATEWAY_UNREACHABLE', String(cause), { retryable: true, cause })
  }
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
