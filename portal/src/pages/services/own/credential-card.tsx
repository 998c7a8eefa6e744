import { type NewApiKey, newApiKey } from '@openbsn/sdk'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../../app/ledger.tsx'
import { useAct, useMe, useOrganisation } from '../../../app/session.tsx'
import { Badge } from '../../../parts/badge.tsx'
import { Dialog } from '../../../parts/dialog.tsx'
import { Choice, Field } from '../../../parts/field.tsx'
import { Form, useForm } from '../../../parts/form.tsx'
import { checkSame } from '../../../parts/form-checks.ts'
import { Id } from '../../../parts/id.tsx'
import { Time } from '../../../parts/time.tsx'
import type { OwnCredential } from './use-own.ts'

type Props = {
  readonly credential: OwnCredential
  readonly onMade: (key: NewApiKey) => void
}

const ways = ['rotate', 'freeze', 'unfreeze', 'revoke'] as const
type Way = (typeof ways)[number]

const isOpenTo = (way: Way, status: string) =>
  status !== 'revoked' &&
  (way === 'unfreeze' ? status === 'frozen' : way !== 'freeze' || status === 'active')

/** One credential, and what is done about it. */
export function CredentialCard({ credential, onMade }: Props) {
  const { t } = useTranslation()
  const { may } = useOrganisation()
  const [way, setWay] = useState<Way>()
  const { id, label, status, scopes, hints, created } = credential
  const close = () => setWay(undefined)
  const offered = ways.filter((one) => isOpenTo(one, status) && may(`credential-${one}`))
  return (
    <li className="card">
      <h3>
        <bdi>{label}</bdi> <Badge state={status} />
      </h3>
      <p>
        <Id id={id} kind="credential" />
      </p>
      <p>
        <code>{hints.join(', ')}</code> · {scopes.join(', ')}
      </p>
      <p className="faint">
        {t('credentials.created')} <Time seconds={created} kind="wall" />
      </p>
      <div className="row">
        {offered.map((one) => (
          <button key={one} type="button" className="button quiet" onClick={() => setWay(one)}>
            {t(`credentials.ways.${one}`)}
          </button>
        ))}
      </div>
      <Dialog
        title={way === undefined ? label : t(`credentials.titles.${way}`, { label })}
        isOpen={way !== undefined}
        onClose={close}
      >
        {way === 'rotate' && <Rotate {...{ credential, onMade }} onDone={close} />}
        {way !== undefined && way !== 'rotate' && (
          <Move credential={credential} way={way} onDone={close} />
        )}
      </Dialog>
    </li>
  )
}

type MoveProps = {
  readonly credential: OwnCredential
  readonly way: Exclude<Way, 'rotate'>
  readonly onDone: () => void
}

/** Stops it for a while, lets it go on, or ends it for good: that wants its name typed. */
function Move({ credential: { id, label, version }, way, onDone }: MoveProps) {
  const { t } = useTranslation()
  const { id: ledger } = useLedger()
  const act = useAct()
  const { refresh } = useMe()
  const isFinal = way === 'revoke'
  const name = { label: t('credentials.typeName', { label }), check: checkSame(label) }
  const form = useForm(isFinal ? { name } : ({} as Record<'name', typeof name>), async () => {
    await act(`credential-${way}`, { id, expect: version }, { ledger })
    await refresh()
    onDone()
  })
  const submit = t(`credentials.ways.${way}`)
  return (
    <Form form={form} label={submit} submit={submit}>
      <p>{t(`credentials.what.${way}`)}</p>
      {isFinal && <Field {...form.field('name')} autoComplete="off" spellCheck={false} />}
    </Form>
  )
}

/** How long the old key goes on, in seconds. */
const overlaps = { none: 0, hour: 3600, day: 86_400, week: 7 * 86_400 } as const
type Overlap = keyof typeof overlaps

type RotateProps = Props & { readonly onDone: () => void }

/** A new key in place of the old one, which works for some time more. */
function Rotate({ credential: { id, version }, onMade, onDone }: RotateProps) {
  const { t } = useTranslation()
  const { id: ledger, summary } = useLedger()
  const act = useAct()
  const { refresh } = useMe()
  const [overlap, setOverlap] = useState<Overlap>('day')
  const form = useForm({}, async () => {
    const key = newApiKey(summary.environment)
    const until = Math.floor(Date.now() / 1000) + overlaps[overlap]
    const keys = { keys: [], apiKeys: [[key.hash, key.hint]] } as const
    await act('credential-rotate', { id, expect: version, until, ...keys }, { ledger })
    onDone()
    onMade(key)
    void refresh()
  })
  const submit = t('credentials.ways.rotate')
  return (
    <Form form={form} label={submit} submit={submit}>
      <p>{t('credentials.what.rotate')}</p>
      <Choice
        label={t('credentials.overlap')}
        value={overlap}
        options={(['none', 'hour', 'day', 'week'] as const).map((one) => [
          one,
          t(`credentials.overlaps.${one}`),
        ])}
        onChoose={setOverlap}
      />
    </Form>
  )
}
