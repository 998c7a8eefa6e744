import { Link } from '@tanstack/react-router'
import { createElement, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { DocsAttributes, DocsNode } from '../../docs/nodes.ts'
import { CodeBlock } from '../../parts/code-block.tsx'
import { commandsOf } from './commands.ts'

/** Nodes as elements of React: no HTML is read, so nothing in a page can become a script. */
export function Prose({ nodes }: { readonly nodes: readonly DocsNode[] }) {
  return createElement('div', { className: 'prose', lang: 'en' }, ...nodes.map(toElement))
}

type PieceProps = { readonly attributes: DocsAttributes; readonly children?: ReactNode }

function toElement(node: DocsNode): ReactNode {
  if (typeof node === 'string') return node
  const [tag, given, ...children] = node
  const attributes = given === 0 ? {} : given
  if (tag === 'pre') return <Code attributes={attributes} text={children.join('')} />
  const inner = children.map(toElement)
  if (tag === 'a') return createElement(Reference, { attributes }, ...inner)
  if (tag === 'table') return createElement(Table, null, ...inner)
  const { id, kind } = attributes
  // Who is sent to a heading goes on from there by keys.
  const place = id === undefined ? {} : { id, tabIndex: -1 }
  const named = kind === undefined ? {} : { className: kind }
  return createElement(tag, { ...place, ...named }, ...inner)
}

function Reference({ attributes: { page, hash, path }, children }: PieceProps) {
  if (path !== undefined) return <a href={path}>{children}</a>
  const place = hash === undefined ? {} : { hash }
  if (page === undefined) {
    return (
      <Link to="." {...place}>
        {children}
      </Link>
    )
  }
  return (
    <Link to="/docs/$page" params={{ page }} {...place}>
      {children}
    </Link>
  )
}

type CodeProps = { readonly attributes: DocsAttributes; readonly text: string }

function Code({ attributes: { kind }, text }: CodeProps) {
  const { t } = useTranslation()
  const commands = kind === 'console' ? commandsOf(text) : undefined
  return <CodeBlock text={text} copied={commands} what={t('docs.code')} />
}

/** Wide ones scroll by themselves, by keys too. */
function Table({ children }: { readonly children?: ReactNode }) {
  const { t } = useTranslation()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys.
    <section className="prose-table" aria-label={t('docs.table')} tabIndex={0}>
      <table>{children}</table>
    </section>
  )
}
