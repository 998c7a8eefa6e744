import type { AllianceObject, ProposalView } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Section } from '../../parts/page.tsx'
import { useNodes } from '../nodes/use-nodes.ts'
import { type ChangedField, changedFields } from './changed-fields.ts'
import { readableObject } from './readable-object.ts'

/** What would be different in the state if it were executed now. */
export function ProposalChanges({ proposal }: { readonly proposal: ProposalView }) {
  const { t } = useTranslation()
  const { changes, refusal } = proposal
  if (refusal) {
    return (
      <Section title={t('proposal.changes')}>
        <p className="error-text">
          <code>{refusal.code}</code> {refusal.detail}
        </p>
      </Section>
    )
  }
  if (!changes) return null
  return (
    <Section title={t('proposal.changes')} note={t('proposal.changesNote')}>
      {changes.map((change) =>
        change.key === 'alliance' ? (
          <OfAlliance key={change.key} change={change} />
        ) : (
          <DiffTable key={change.key} change={change} />
        ),
      )}
    </Section>
  )
}

/** Rules that were never changed are not in the state; they hold all the same. */
function OfAlliance({ change }: DiffProps) {
  const { id, client } = useLedger()
  const query = useQuery({ queryKey: [id, 'alliance'], queryFn: () => client.alliance() })
  return (
    <Loaded query={query} lines={4}>
      {(alliance) => (
        <DiffTable change={{ ...change, before: withRules(change.before, alliance) }} />
      )}
    </Loaded>
  )
}

function withRules(before: unknown, { locks, ...rules }: AllianceObject): object {
  const { quorum, threshold, deadlineMin, deadlineMax } = rules
  const present = { quorum, threshold, deadlineMin, deadlineMax, locks: Object.entries(locks) }
  return { ...present, ...(before as object) }
}

type DiffProps = {
  readonly change: { readonly key: string; readonly before: unknown; readonly after: unknown }
}

/** One object now and then, field by field. */
export function DiffTable({ change: { key, before, after } }: DiffProps) {
  const { t } = useTranslation()
  const { data: nodes = [] } = useNodes()
  const [old, next] = [before, after].map((one) => readableObject(key, one, nodes))
  return (
    <table className="diff">
      <caption>
        <code>{key}</code> {before === null && t('proposal.new')}
      </caption>
      <thead>
        <tr>
          <th scope="col">{t('proposal.field')}</th>
          <th scope="col">{t('proposal.before')}</th>
          <th scope="col">{t('proposal.after')}</th>
        </tr>
      </thead>
      <tbody>
        {changedFields(old, next).map((field) => (
          <Row key={field.name} field={field} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ field: { name, before, after } }: { readonly field: ChangedField }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{before === undefined ? '–' : <del>{before}</del>}</td>
      <td>{after === undefined ? '–' : <ins>{after}</ins>}</td>
    </tr>
  )
}
