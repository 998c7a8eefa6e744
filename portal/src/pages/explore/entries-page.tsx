import { getRouteApi } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { orders } from '../../app/search-params.ts'
import { Empty } from '../../parts/empty.tsx'
import { Choice, Field } from '../../parts/field.tsx'
import { Page } from '../../parts/page.tsx'
import { EntryTable } from './entry-table.tsx'

const route = getRouteApi('/explore/entries')

/** /explore/entries: every entry that anyone may read, by service, key and time. */
export function EntriesPage() {
  const { t } = useTranslation()
  return (
    <Page title={t('entries.title')} lead={t('entries.lead')}>
      <Filters />
      <Entries />
    </Page>
  )
}

/** Asked of the gateway; the field above the table looks through what is here. */
function Filters() {
  const { t } = useTranslation()
  const { service = '', key = '', from, to, order = 'newest' } = route.useSearch()
  const navigate = route.useNavigate()
  const change = (next: object) =>
    void navigate({ search: (before) => ({ ...before, ...next }) as typeof before, replace: true })
  const text = (name: string) => ({
    onChange: ({ target }: { readonly target: HTMLInputElement }) =>
      change({ [name]: target.value || undefined }),
  })
  const time = (name: string, seconds: number | undefined) => ({
    type: 'datetime-local' as const,
    value: seconds === undefined ? '' : new Date(seconds * 1000).toISOString().slice(0, 16),
    onChange: ({ target }: { readonly target: HTMLInputElement }) => {
      const ms = Date.parse(`${target.value}Z`)
      change({ [name]: Number.isNaN(ms) ? undefined : ms / 1000 })
    },
  })
  return (
    <form className="filters" onSubmit={(event) => event.preventDefault()}>
      <Field label={t('entries.service')} value={service} {...text('service')} />
      <Field
        label={t('entries.key')}
        value={key}
        disabled={service === ''}
        hint={service === '' ? t('entries.keyNeedsService') : undefined}
        {...text('key')}
      />
      <Field label={t('entries.from')} {...time('from', from)} />
      <Field label={t('entries.to')} {...time('to', to)} />
      <Choice
        label={t('entries.order')}
        value={order}
        options={orders.map((one) => [one, t(`entries.orders.${one}`)])}
        onChoose={(one) => change({ order: one === 'newest' ? undefined : one })}
      />
    </form>
  )
}

/** Without what is undefined: the SDK's types tell absent and undefined apart. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}

function Entries() {
  const { t } = useTranslation()
  const { service, key, from, to, order = 'newest' } = route.useSearch()
  return (
    <EntryTable
      filter={defined({ service, key: service ? key : undefined, from, to, order })}
      label={t('entries.title')}
      exportName="entries"
      empty={<Empty title={t('entries.none')} why={t('entries.noneWhy')} />}
    />
  )
}
