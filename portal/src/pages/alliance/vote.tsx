import {
  controlAct,
  type ProposalView,
  proposalDigest,
  type VoteChoice,
  voteChoices,
} from '@openbsn/sdk'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { announce } from '../../parts/announce.tsx'
import { nowSeconds, useNowSeconds } from '../../parts/clock.ts'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Choice } from '../../parts/field.tsx'
import { Form, useForm } from '../../parts/form.tsx'
import { Section } from '../../parts/page.tsx'
import { EntryReceipt } from '../explore/entry-receipt.tsx'
import type { MemberKey } from './member-key.ts'
import type { ActPlace } from './signed-acts.ts'
import { useSignedAct } from './use-signed-act.ts'
import { votedText } from './voted-text.ts'
import { WithMemberKey } from './with-member-key.tsx'

type Props = { readonly proposal: ProposalView }

/** Where a member votes, with its own key, as long as there is time; and the proof of its vote. */
export function Vote({ proposal }: Props) {
  const { t } = useTranslation()
  const now = useNowSeconds()
  const [place, setPlace] = useState<ActPlace>()
  const isOpen = proposal.status === 'open' && proposal.deadline > now
  if (!isOpen && !place) return null
  return (
    <Section title={t('vote.title')} note={t('vote.note')}>
      {place && <EntryReceipt index={place.index} title={t('vote.done')} />}
      {isOpen && (
        <>
          <WithMemberKey>
            {(member) => <Cast {...{ proposal, member }} onDone={setPlace} />}
          </WithMemberKey>
          <p className="note">{t('proposal.voteNote')}</p>
          <CodeBlock text={`bsn alliance vote ${proposal.id} yes`} what={t('proposal.vote')} />
        </>
      )}
    </Section>
  )
}

type CastProps = Props & {
  readonly member: MemberKey
  readonly onDone: (place: ActPlace) => void
}

/** A vote stays as it is given: whoever voted is told how. */
function Cast({ proposal, member, onDone }: CastProps) {
  const { t } = useTranslation()
  const send = useSignedAct()
  const [choice, setChoice] = useState<VoteChoice>('yes')
  const text = votedText(proposal)
  const form = useForm({}, async () => {
    // No vote is good for longer than there is time to vote.
    const leftSeconds = text.deadline - nowSeconds()
    const lifetimeSeconds = Math.max(1, Math.min(600, leftSeconds))
    const act = controlAct('alliance-vote', { id: text.id, choice, digest: proposalDigest(text) })
    onDone(await send(act, member, { lifetimeSeconds }))
    announce(t('vote.done'))
  })
  const given = proposal.votes.find((one) => one.member === member.id)
  if (given) {
    return <p>{t('vote.given', { id: member.id, choice: t(`states.${given.choice}`) })}</p>
  }
  return (
    <Form form={form} label={t('vote.title')} submit={t('vote.send')}>
      <Choice
        label={t('vote.choice')}
        value={choice}
        options={voteChoices.map((one) => [one, t(`vote.choices.${one}`)] as const)}
        onChoose={setChoice}
      />
      <p className="note">{t('vote.what', { title: text.title, id: text.id })}</p>
    </Form>
  )
}
