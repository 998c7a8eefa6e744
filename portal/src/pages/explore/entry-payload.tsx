import { getRouteApi } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { entryViews } from '../../app/search-params.ts'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Tabs } from '../../parts/tabs.tsx'
import { hexDump, type Payload } from './decoded-entry.ts'

const route = getRouteApi('/explore/entries/$index')

/** A payload as what it is: fields, text, bytes. It is shown, and never run. */
export function EntryPayload({ payload }: { readonly payload: Payload }) {
  const { t } = useTranslation()
  const { view } = route.useSearch()
  const navigate = route.useNavigate()
  const { fields, text, bytes } = payload
  const content = {
    fields: fields === undefined ? undefined : () => JSON.stringify(fields, undefined, 2),
    text: text === undefined ? undefined : () => text,
    hex: () => hexDump(bytes),
  }
  const there = entryViews.filter((one) => content[one] !== undefined)
  const selected = there.find((one) => one === view) ?? there[0] ?? 'hex'
  return (
    <Tabs
      label={t('entry.payload')}
      selected={selected}
      onSelect={(id) =>
        void navigate({ search: (before) => ({ ...before, view: id }), replace: true })
      }
      tabs={there.map((id) => ({
        id,
        title: t(`entry.views.${id}`),
        content: () => (
          <CodeBlock text={content[id]?.() ?? ''} what={t(`entry.views.${id}`)} isTall />
        ),
      }))}
    />
  )
}
