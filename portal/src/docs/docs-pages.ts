import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { apiPages } from './api-nodes.ts'
import { markdownPage } from './markdown-nodes.ts'
import type { DocsEntry, DocsPage } from './nodes.ts'

type Group = DocsEntry['group']

/** The files of the repository that are pages, in the order of their lists. */
const files: readonly (readonly [page: string, group: Group, path: string, title?: string])[] = [
  ['start', 'guides', 'README.md', 'First steps'],
  ['sdk', 'guides', 'sdk/README.md', 'SDK'],
  ...(['loyalty', 'sensors', 'points', 'shop'] as const).map(
    (name) =>
      [
        ...([`example-${name}`, 'guides', `examples/${name}/README.md`] as const),
        `Example: ${name}`,
      ] as const,
  ),
  ...(
    ['network', 'alliance', 'groups', 'keys', 'evm', 'fabric', 'bsn-clients', 'portal'] as const
  ).map((name) => [name, 'operating', `docs/operating/${name}.md`] as const),
  ...(['cli', 'errors', 'gateway-options', 'frameworks'] as const).map(
    (name) => [name, 'reference', `docs/reference/${name}.md`] as const,
  ),
  ['security', 'about', 'SECURITY.md'],
  ['changelog', 'about', 'CHANGELOG.md'],
]

const documents = [
  ['api', 'api', 'API of a gateway', 'openapi.json', '/api/v1/openapi.json'],
  [
    ...(['accounts-api', 'accounts', 'API of accounts', 'portal-openapi.json'] as const),
    '/portal/v1/openapi.json',
  ],
] as const

/** What the pages are made of, by paths from the root. */
export const docsFiles: readonly string[] = [
  ...files.map(([, , path]) => path),
  ...documents.map(([, , , name]) => `docs/reference/${name}`),
]

/** Every page of the documentation, from the files of the repository at `root`. */
export function docsPages(root: string): DocsPage[] {
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  const pages = new Map(files.map(([page, , path]) => [path, page]))
  const pageOf = (path: string) => pages.get(path)
  const written = files.map(([page, group, path, named]) => {
    const { title, nodes } = markdownPage({ path, text: read(path), pageOf })
    return { page, group, title: named ?? title, nodes }
  })
  const described = documents.flatMap(([page, group, title, name, path]) =>
    apiPages(JSON.parse(read(`docs/reference/${name}`)), { page, group, title, path }),
  )
  return [...written, ...described]
}
