import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import { type Column, readSort, type SortOrder, sortText } from './table-rows.ts'

type TableSearch = { readonly sort?: string; readonly filter?: string }

/** Sort and filter of the one table of a page, kept in the URL: reload and Back have them. */
export function useTableSearch(columns: readonly Pick<Column<never>, 'id'>[]) {
  const { sort: text, filter = '' } = useSearch({ strict: false }) as TableSearch
  const navigate = useNavigate()
  const sort = useMemo(
    () =>
      readSort(
        text,
        columns.map(({ id }) => id),
      ),
    [text, columns],
  )
  const change = (next: object) =>
    void navigate({
      to: '.',
      search: (before) => ({ ...before, ...next }) as typeof before,
      replace: true,
    })
  return {
    sort,
    filter,
    onSort: (order: SortOrder | undefined) => change({ sort: order && sortText(order) }),
    onFilter: (words: string) => change({ filter: words || undefined }),
  }
}
