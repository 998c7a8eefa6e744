import type { LoggedBody, LoggedRequest } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { guarded } from '../../../app/proof.ts'
import { portalClient, portalKey } from '../../../app/session.tsx'
import { CodeBlock } from '../../../parts/code-block.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { Facts } from '../../../parts/facts.tsx'
import { useFormats } from '../../../parts/formats.ts'
import { Id } from '../../../parts/id.tsx'
import { Loaded } from '../../../parts/loaded.tsx'
import { Section } from '../../../parts/page.tsx'
import { ExactTime } from '../../../parts/time.tsx'
import { Status } from './log-columns.tsx'
import { ReplayForm } from './replay-form.tsx'
import { shownText } from './shown-text.ts'
import type { LogOf } from './use-request-log.ts'

type Props = { readonly of: LogOf; readonly number: number }

/** One request with its answer, and the way to send it again. */
export function OneRequest({ of, number }: Props) {
  const { t } = useTranslation()
  const { organisation, ...place } = of
  const query = useQuery({
    queryKey: [portalKey, organisation, 'logged', place, number],
    queryFn: async () => {
      const question = { after: number - 1, limit: 1 }
      const ask = () => portalClient.requestLog(organisation, place, question)
      const { requests } = await guarded(ask)
      return requests.find((one) => one.number === number) ?? null
    },
    staleTime: Number.POSITIVE_INFINITY,
  })
  return (
    <>
      <p>
        <Link to="." search={(before) => ({ ...before, request: undefined }) as typeof before}>
          {t('log.back')}
        </Link>
      </p>
      <Loaded query={query} lines={12}>
        {(found) =>
          found ? (
            <Shown of={of} logged={found} />
          ) : (
            <Empty title={t('log.gone')} why={t('log.goneWhy')} />
          )
        }
      </Loaded>
    </>
  )
}

type ShownProps = { readonly of: LogOf; readonly logged: LoggedRequest }

function Shown({ of, logged }: ShownProps) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { method, path, status, code, time, id, credential, participant, ms } = logged
  const made = madeBy(logged)
  return (
    <>
      <Section title={`${method} ${path}`}>
        <Facts
          facts={[
            [t('log.status'), <Status key="status" status={status} {...(code ? { code } : {})} />],
            code === undefined ? undefined : [t('log.code'), <Code key="code" code={code} />],
            [t('log.time'), <ExactTime key="time" seconds={time} />],
            [t('log.ms'), t('log.msOf', { ms: number(ms) })],
            [t('log.id'), <Id key="id" id={id} kind="request" full />],
            [t('log.credential'), <Id key="by" id={credential} kind="credential" full />],
            participant === undefined ? undefined : [t('log.participant'), participant],
            made && [t('log.made'), <Made key="made" made={made} service={of.service} />],
          ]}
        />
      </Section>
      <div className="columns">
        <Section title={t('log.request')}>
          <Body body={logged.request} what={t('log.request')} />
        </Section>
        <Section title={t('log.answer')}>
          <Body body={logged.answer} what={t('log.answer')} />
        </Section>
      </div>
      <ReplayForm key={logged.number} of={of} logged={logged} />
    </>
  )
}

/** Codes of JSON-RPC are numbers, and none of ours. */
function Code({ code }: { readonly code: string }) {
  const text = <code>{code}</code>
  return /^[A-Z]/.test(code) ? <a href={`/docs/errors#${code.toLowerCase()}`}>{text}</a> : text
}

/** Where the entry or transaction is that the request made; undefined where it made none. */
function madeBy({ location = '' }: LoggedRequest) {
  const entry = /\/entries\/(?:bsn1[0-9a-f]+-)?(\d+)$/.exec(location)?.[1]
  const hash = /\/transactions\/(0x[0-9a-f]+)$/.exec(location)?.[1]
  return entry === undefined && hash === undefined ? undefined : { entry, hash }
}

type MadeProps = { readonly made: NonNullable<ReturnType<typeof madeBy>>; readonly service: string }

function Made({ made: { entry, hash = '' }, service }: MadeProps) {
  const { t } = useTranslation()
  if (entry !== undefined) {
    return (
      <Link to="/explore/entries/$index" params={{ index: entry }}>
        {t('log.entry', { index: entry })}
      </Link>
    )
  }
  const to = { to: '/services/$service/transactions/$hash', params: { service, hash } } as const
  return <Id id={hash} kind="transaction" to={to} />
}

/** What is kept of a body, and why it is not all of it. */
export function Body({
  body,
  what,
}: {
  readonly body: LoggedBody | undefined
  readonly what: string
}) {
  const { t } = useTranslation()
  const { bytes } = useFormats()
  if (!body) return <p className="note">{t('log.empty')}</p>
  const { text, note } = body
  return (
    <>
      <p className="note">
        {bytes(body.bytes)}
        {note && ` · ${t(`log.notes.${note}`)}`}
      </p>
      {text !== undefined && <CodeBlock text={shownText(text)} what={what} isTall />}
    </>
  )
}
