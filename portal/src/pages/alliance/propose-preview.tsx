import { controlAct } from '@openbsn/sdk'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { announce } from '../../parts/announce.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Form, useForm } from '../../parts/form.tsx'
import { ExactTime } from '../../parts/time.tsx'
import { EntryReceipt } from '../explore/entry-receipt.tsx'
import { ActsView } from './acts-view.tsx'
import { changedObject } from './changed-object.ts'
import type { MemberKey } from './member-key.ts'
import { DiffTable } from './proposal-changes.tsx'
import type { Looked } from './propose-form.tsx'
import type { ActPlace } from './signed-acts.ts'
import { useSignedAct } from './use-signed-act.ts'
import { readActs } from './voted-text.ts'
import { WithMemberKey } from './with-member-key.tsx'

type Props = { readonly looked: Looked }

/** The very bytes that are to be signed, read back; and who signs them. */
export function ProposePreview({ looked }: Props) {
  const { t } = useTranslation()
  const [place, setPlace] = useState<ActPlace>()
  const { kind, now, act, text } = looked
  const changed = changedObject(kind, act, now)
  return (
    <div className="stack">
      <ActsView acts={readActs(text)} />
      {changed && <DiffTable change={changed} />}
      <Facts
        facts={[
          [t('proposal.id'), <code key="id">{text.id}</code>],
          [t('proposal.title'), text.title],
          [t('propose.reason'), <bdi key="reason">{text.reason}</bdi>],
          [t('proposal.deadline'), <ExactTime key="deadline" seconds={text.deadline} />],
        ]}
      />
      {place ? (
        <>
          <p>
            <Link className="button" to="/alliance/proposals/$id" params={{ id: text.id }}>
              {t('propose.vote')}
            </Link>
          </p>
          <EntryReceipt index={place.index} title={t('propose.done')} />
        </>
      ) : (
        <WithMemberKey>
          {(member) => <Sign {...{ looked, member }} onDone={setPlace} />}
        </WithMemberKey>
      )}
    </div>
  )
}

type SignProps = Props & {
  readonly member: MemberKey
  readonly onDone: (place: ActPlace) => void
}

function Sign({ looked: { text }, member, onDone }: SignProps) {
  const { t } = useTranslation()
  const send = useSignedAct()
  const form = useForm({}, async () => {
    onDone(await send(controlAct('alliance-propose', text), member))
    announce(t('propose.done'))
  })
  return <Form form={form} label={t('propose.sign')} submit={t('propose.sign')} />
}
