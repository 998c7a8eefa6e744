import {
  isCodedError,
  type ProposalView,
  type Recount,
  readVote,
  recountProposal,
} from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { Badge } from '../../parts/badge.tsx'
import { useFormats } from '../../parts/formats.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Section } from '../../parts/page.tsx'
import { Holds } from '../../parts/verdict.tsx'
import { useObject } from '../explore/use-object.ts'

type Props = { readonly proposal: ProposalView }
const choices = ['yes', 'no', 'abstain', 'open'] as const

/** How the votes stand, as the gateway says, and as they add up here. */
export function ProposalTally({ proposal }: Props) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { tally, votes, quorum, threshold } = proposal
  const total = tally.total || 1
  return (
    <Section
      title={t('proposal.tally')}
      note={t('proposal.needs', { quorum: quorum.join('/'), threshold: threshold.join('/') })}
    >
      <div className="tally" aria-hidden="true">
        {choices.map((one) => (
          <i key={one} data-choice={one} style={{ width: `${(tally[one] / total) * 100}%` }} />
        ))}
      </div>
      <dl className="tally-sums">
        {choices.map((one) => (
          <div key={one} data-choice={one}>
            <dt>{t(`proposal.sums.${one}`)}</dt>
            <dd>{number(tally[one])}</dd>
          </div>
        ))}
      </dl>
      <ul className="lines">
        {votes.map(({ member, choice, index }) => (
          <li key={member}>
            <span>{member}</span>
            <Badge state={choice} />
            <Link to="/explore/entries/$index" params={{ index: String(index) }}>
              #{number(index)}
            </Link>
          </li>
        ))}
      </ul>
      <Recounted proposal={proposal} />
    </Section>
  )
}

/** The votes' own statements, added up here, held against the proposal's proven object. */
function Recounted({ proposal }: Props) {
  const { t } = useTranslation()
  const query = useRecount(proposal)
  return (
    <Loaded query={query} lines={3}>
      {({ wrong, tally }) => (
        <Holds
          holds={wrong === undefined}
          title={wrong === undefined ? t('proposal.recounted') : t('proposal.recountFails')}
        >
          <p>
            {wrong ??
              t('proposal.recount', { yes: tally.yes, no: tally.no, abstain: tally.abstain })}
          </p>
        </Holds>
      )}
    </Loaded>
  )
}

function useRecount({ id: name, votes }: ProposalView) {
  const { id, client } = useLedger()
  const proven = useObject(`proposal/${name}`)
  const { data } = proven
  const query = useQuery({
    queryKey: [id, 'recount', name, data?.height, votes.length],
    queryFn: async (): Promise<Recount> => {
      const { members } = await client.members({ limit: 1000 })
      const active = members.filter(({ status }) => status === 'active')
      const powers = new Map(active.map((one) => [one.id, one.power]))
      const entries = await Promise.all(votes.map(({ index }) => client.entry(index)))
      const said = entries.flatMap(({ statement }) => readVote(statement) ?? [])
      const object = data?.object ?? new Map()
      const recount = recountProposal(name, object, { votes: said, powers })
      return { ...recount, wrong: data?.error ?? recount.wrong }
    },
    enabled: data !== undefined,
    retry: (count, error) => isCodedError(error) && error.retryable && count < 1,
  })
  return proven.error ? { ...query, error: proven.error } : query
}
