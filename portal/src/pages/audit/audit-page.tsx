import type { ListedEntry } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Choice } from '../../parts/field.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { useTableSearch } from '../../parts/use-table-search.ts'
import { entryId, useEntryColumns } from '../explore/entry-columns.tsx'

const route = getRouteApi('/audit')

/** The modules of the ledger: whatever changes its state is a statement to one of them. */
const modules = [
  'bsn:alliance',
  'bsn:keys',
  'bsn:validators',
  'bsn:services',
  'bsn:participants',
  'bsn:credentials',
  'bsn:accounts',
  'bsn:blocks',
  'bsn:fabric',
] as const

/** /audit: every control act, the newest first; who did what to whom, each with its proof. */
export function AuditPage() {
  const { t } = useTranslation()
  const { module = '' } = route.useSearch()
  const navigate = route.useNavigate()
  const query = useActs(modules.find((one) => one === module))
  const choose = (next: string) =>
    void navigate({
      search: (before) => ({ ...before, module: next || undefined }) as typeof before,
      replace: true,
    })
  return (
    <Page title={t('audit.title')} lead={t('audit.lead')}>
      <div className="filters">
        <Choice
          label={t('audit.module')}
          value={module}
          options={[
            ['', t('audit.all')] as const,
            ...modules.map((one) => [one, t(`audit.modules.${one.slice(4)}`)] as const),
          ]}
          onChoose={choose}
        />
      </div>
      <Loaded query={query} lines={14}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title={t('audit.none')} why={t('audit.noneWhy')} />
          ) : (
            <Acts rows={rows} />
          )
        }
      </Loaded>
      <Section title={t('audit.whole')} note={t('audit.wholeNote')}>
        <CodeBlock text="bsn audit" what={t('audit.command')} />
      </Section>
    </Page>
  )
}

function Acts({ rows }: { readonly rows: readonly ListedEntry[] }) {
  const { t } = useTranslation()
  const columns = useEntryColumns()
  const search = useTableSearch(columns)
  return (
    <DataTable
      {...search}
      label={t('audit.title')}
      rows={rows}
      columns={columns}
      rowId={entryId}
      exportName="audit"
    />
  )
}

/** Of each module the last thousand: more than anybody reads, and the API has the rest. */
function useActs(module: string | undefined) {
  const { id, client } = useLedger()
  return useQuery({
    queryKey: [id, 'acts', module],
    queryFn: async () => {
      const asked = module === undefined ? modules : [module]
      const pages = await Promise.all(
        asked.map((service) => client.list({ service, order: 'newest', limit: 1000 })),
      )
      return pages.flatMap(({ entries }) => entries).sort((a, b) => b.index - a.index)
    },
  })
}
