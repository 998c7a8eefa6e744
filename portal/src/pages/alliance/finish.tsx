import { controlAct, isCodedError, type ProposalView } from '@openbsn/sdk'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { announce } from '../../parts/announce.tsx'
import { useNowSeconds } from '../../parts/clock.ts'
import { Form, useForm } from '../../parts/form.tsx'
import { Section } from '../../parts/page.tsx'
import { EntryReceipt } from '../explore/entry-receipt.tsx'
import { finishingOf } from './finishing.ts'
import type { MemberKey } from './member-key.ts'
import type { ActPlace } from './signed-acts.ts'
import { useSignedAct } from './use-signed-act.ts'
import { votedText } from './voted-text.ts'
import { WithMemberKey } from './with-member-key.tsx'

type Props = { readonly proposal: ProposalView }
type Done = { readonly what: 'execute' | 'close'; readonly place: ActPlace }

/** Where any member executes what has passed, or closes what cannot run any more; and the proof. */
export function Finish({ proposal }: Props) {
  const { t } = useTranslation()
  const now = useNowSeconds()
  const [done, setDone] = useState<Done>()
  const what = finishingOf(proposal, now)
  if (!what && !done) return null
  const shown = what ?? done?.what ?? 'execute'
  return (
    <Section title={t(`finish.titles.${shown}`)} note={t(`finish.notes.${shown}`)}>
      {done && <EntryReceipt index={done.place.index} title={t(`finish.done.${done.what}`)} />}
      {what && (
        <WithMemberKey>
          {(member) => (
            <Sign
              key={what}
              {...{ proposal, what, member }}
              onDone={(place) => setDone({ what, place })}
            />
          )}
        </WithMemberKey>
      )}
    </Section>
  )
}

type SignProps = Props & {
  readonly what: Done['what']
  readonly member: MemberKey
  readonly onDone: (place: ActPlace) => void
}

function Sign({ proposal, what, member, onDone }: SignProps) {
  const { t } = useTranslation()
  const { id: ledger } = useLedger()
  const queries = useQueryClient()
  const send = useSignedAct()
  const form = useForm({}, async () => {
    const { id, acts } = votedText(proposal)
    const act =
      what === 'execute'
        ? controlAct('alliance-execute', { id, acts })
        : controlAct('alliance-close', { id })
    try {
      onDone(await send(act, member))
      announce(t(`finish.done.${what}`))
    } catch (error) {
      // A node or another member was sooner: the page shows how it ended.
      if (!isCodedError(error) || error.code !== 'PROPOSAL_CLOSED') throw error
      await queries.invalidateQueries({ queryKey: [ledger] })
    }
  })
  return <Form form={form} label={t(`finish.titles.${what}`)} submit={t(`finish.sign.${what}`)} />
}
