import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import type { i18n } from 'i18next'
import { I18nProvider } from 'react-aria-components'
import { I18nextProvider, useTranslation } from 'react-i18next'
import { createQueries } from './queries.ts'
import { createPortalRouter } from './router.tsx'

const queries = createQueries()
const router = createPortalRouter()

/** The whole page. */
export function App({ words }: { readonly words: i18n }) {
  return (
    <I18nextProvider i18n={words}>
      <QueryClientProvider client={queries}>
        <Localised />
      </QueryClientProvider>
    </I18nextProvider>
  )
}

function Localised() {
  const { i18n } = useTranslation()
  return (
    <I18nProvider locale={i18n.language}>
      <RouterProvider router={router} />
    </I18nProvider>
  )
}
