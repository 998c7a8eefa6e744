import { entries } from 'virtual:docs'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { type DocsEntry, docsGroups } from '../../docs/nodes.ts'

/** Every page, by what it is for. */
export function DocsLists() {
  const { t } = useTranslation()
  return docsGroups.map((group) => (
    <section key={group}>
      <h2>{t(`docs.groups.${group}`)}</h2>
      <ul>
        {entries
          .filter((one) => one.group === group)
          .map((one) => (
            <li key={one.page}>
              <PageLink entry={one} />
            </li>
          ))}
      </ul>
    </section>
  ))
}

const PageLink = ({ entry: { page, title } }: { readonly entry: DocsEntry }) => (
  <Link to="/docs/$page" params={{ page }} lang="en" activeProps={{ 'aria-current': 'page' }}>
    {title}
  </Link>
)
