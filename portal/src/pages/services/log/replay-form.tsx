import type { LoggedRequest } from '@openbsn/sdk'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedgerSummary } from '../../../app/ledger.tsx'
import { announce } from '../../../parts/announce.tsx'
import { CodeBlock } from '../../../parts/code-block.tsx'
import { Field } from '../../../parts/field.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { checkApiKey } from '../../../parts/form-checks.ts'
import { useFormats } from '../../../parts/formats.ts'
import { Id } from '../../../parts/id.tsx'
import { Section } from '../../../parts/page.tsx'
import { keepKey, useKeptKey } from '../own/kept-key.ts'
import { Status } from './log-columns.tsx'
import { type Replay, type Replayed, replayOf, sendAgain } from './replay.ts'
import { shownText } from './shown-text.ts'
import type { LogOf } from './use-request-log.ts'

type Props = { readonly of: LogOf; readonly logged: LoggedRequest }

/** Sends the same request again, by a key that is given here; both answers beside each other. */
export function ReplayForm({ of, logged }: Props) {
  const { t } = useTranslation()
  // One Idempotency-Key for as long as the page shows it: pressed twice it has one effect.
  const [replay] = useState(() => replayOf(logged))
  return (
    <Section title={t('log.replay')}>
      {typeof replay === 'string' ? (
        <p className="note">{t(`log.noReplay.${replay}`)}</p>
      ) : (
        <Sending of={of} logged={logged} replay={replay} />
      )}
    </Section>
  )
}

function Sending({ of, logged, replay }: Props & { readonly replay: Replay }) {
  const { t } = useTranslation()
  const { environment } = useLedgerSummary()
  const [answer, setAnswer] = useState<Replayed>()
  const { ledger, service } = of
  const kept = useKeptKey(ledger, service)
  const form = useForm(
    {
      key: {
        label: t('log.key'),
        hint: t('log.keyHint'),
        check: checkApiKey(environment),
        initial: kept,
      },
    },
    async ({ key }) => {
      const told = await sendAgain(replay, key.trim())
      keepKey(ledger, service, key.trim())
      setAnswer(told)
      announce(t('log.replayed', { status: told.status }))
    },
  )
  return (
    <>
      <p className="note">{t(replay.method === 'GET' ? 'log.replayReads' : 'log.replayWrites')}</p>
      <Form form={form} label={t('log.replay')} submit={t('log.send')}>
        <Field {...form.field('key')} type="password" autoComplete="off" spellCheck={false} />
      </Form>
      {answer && <Both logged={logged} answer={answer} />}
    </>
  )
}

/** The answer of then and the one of now. */
function Both({ logged, answer }: { readonly logged: LoggedRequest; readonly answer: Replayed }) {
  const { t } = useTranslation()
  const { code } = logged
  return (
    <div className="columns">
      <section className="section">
        <h3>{t('log.then')}</h3>
        <Told {...logged} {...(code ? { code } : {})} text={logged.answer?.text} />
      </section>
      <section className="section" aria-live="polite">
        <h3>{t('log.now')}</h3>
        <Told {...answer} text={answer.text} />
      </section>
    </div>
  )
}

type ToldProps = {
  readonly status: number
  readonly code?: string
  readonly ms: number
  readonly id: string | undefined
  readonly text: string | undefined
}

function Told({ status, code, ms, id, text }: ToldProps) {
  const { t } = useTranslation()
  const { number } = useFormats()
  return (
    <>
      <p className="row">
        <Status status={status} {...(code ? { code } : {})} />
        <span className="faint">{t('log.msOf', { ms: number(ms) })}</span>
        {id !== undefined && <Id id={id} kind="request" />}
      </p>
      {text ? (
        <CodeBlock text={shownText(text)} what={t('log.answer')} isTall />
      ) : (
        <p className="note">{t('log.empty')}</p>
      )}
    </>
  )
}
