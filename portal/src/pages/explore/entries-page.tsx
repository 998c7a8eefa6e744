import { getRouteApi } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { orders } from '../../app/search-params.ts'
import { Empty } from '../../parts/empty.tsx'
import { Choice, Field } from '../../parts/field.tsx'
import { dateOf } from '../../parts/formats.ts'
import { Page } from '../../parts/page.tsx'
import { useUrlInput } from '../../parts/use-url-input.ts'
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
  const time = (name: string) => ({
    type: 'datetime-local' as const,
    onChange: ({ target }: { readonly target: HTMLInputElement }) => {
      const ms = Date.parse(`${target.value}Z`)
      change({ [name]: Number.isNaN(ms) ? undefined : ms / 1000 })
    },
  })
  const inputs = {
    service: useUrlInput(service),
    key: useUrlInput(key),
    from: useUrlInput(minuteOf(from)),
    to: useUrlInput(minuteOf(to)),
  }
  return (
    <form className="filters" onSubmit={(event) => event.preventDefault()}>
      <Field label={t('entries.service')} {...inputs.service} {...text('service')} />
      <Field
        label={t('entries.key')}
        {...inputs.key}
        disabled={service === ''}
        hint={service === '' ? t('entries.keyNeedsService') : undefined}
        {...text('key')}
      />
      <Field label={t('entries.from')} {...inputs.from} {...time('from')} />
      <Field label={t('entries.to')} {...inputs.to} {...time('to')} />
      <Choice
        label={t('entries.order')}
        value={order}
        options={orders.map((one) => [one, t(`entries.orders.${one}`)])}
        onChoose={(one) => change({ order: one === 'newest' ? undefined : one })}
      />
    </form>
  )
}

/** As a field for times has it: UTC, to the minute. */
function minuteOf(seconds: number | undefined): string {
  return seconds === undefined ? '' : dateOf(seconds).toISOString().slice(0, -8)
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
