import { getRouteApi, Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Choice } from '../../parts/field.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import type { AllianceNow, Proposable } from './act-form.ts'
import { type ProposableKind, proposable } from './proposable.ts'
import { ProposeForm } from './propose-form.tsx'
import { useAllianceNow } from './use-alliance-now.ts'

const route = getRouteApi('/alliance/propose')
const kinds = Object.keys(proposable) as ProposableKind[]

/** What can be about something here, and what the address asks for. */
function offered(now: AllianceNow, asked: ProposableKind): readonly ProposableKind[] {
  return kinds.filter((kind) => {
    const { isOffered }: Proposable = proposable[kind]
    return kind === asked || (isOffered?.(now) ?? true)
  })
}

/** /alliance/propose: what is put to the vote, looked at and signed by a member's own key. */
export function ProposePage() {
  const { t } = useTranslation()
  const { kind: asked } = route.useSearch()
  const kind = kinds.find((one) => one === asked) ?? 'admit'
  const navigate = route.useNavigate()
  const query = useAllianceNow()
  const choose = (next: ProposableKind) =>
    void navigate({ search: (before) => ({ ...before, kind: next }) as typeof before })
  return (
    <Page
      over={<Link to="/alliance/proposals">{t('proposals.title')}</Link>}
      title={t('propose.title')}
      lead={t('propose.lead')}
    >
      <Loaded query={query} lines={10}>
        {(now) => (
          <>
            <div className="filters">
              <Choice
                label={t('propose.kind')}
                value={kind}
                options={offered(now, kind).map((one) => [one, t(`propose.kinds.${one}`)] as const)}
                onChoose={choose}
              />
            </div>
            <ProposeForm key={kind} kind={kind} now={now} />
          </>
        )}
      </Loaded>
    </Page>
  )
}
