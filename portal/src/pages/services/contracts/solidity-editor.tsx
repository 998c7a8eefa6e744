import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { HighlightStyle, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { lintGutter, setDiagnostics } from '@codemirror/lint'
import { Compartment, EditorState, type Text } from '@codemirror/state'
import { EditorView, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { useEffect, useRef } from 'react'
import type { CompileProblem } from './compile-problems.ts'
import { solidity } from './solidity-language.ts'

type Props = {
  readonly label: string
  readonly text: string
  readonly onChange: (text: string) => void
  /** Those of this text. */
  readonly problems: readonly CompileProblem[]
  /** Where the caret is to go, once for each object. */
  readonly goTo?: { readonly line: number; readonly column: number } | undefined
}

const theme = EditorView.theme({
  '&': { color: 'var(--ink)', backgroundColor: 'var(--paper)', fontSize: '12.5px' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '2px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', maxHeight: '480px', overflow: 'auto' },
  '.cm-content, .cm-gutters': { minHeight: '220px' },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': {
    ...{ color: 'var(--ink-faint)', backgroundColor: 'var(--sunk)' },
    borderRightColor: 'var(--line)',
  },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    backgroundColor: 'var(--accent-soft)',
  },
  '.cm-selectionBackground': { backgroundColor: 'var(--accent-soft)' },
  '.cm-tooltip': {
    ...{ color: 'var(--ink)', backgroundColor: 'var(--raised)' },
    border: '1px solid var(--line-strong)',
  },
})

const colours = HighlightStyle.define([
  { tag: tags.comment, color: 'var(--ink-faint)' },
  { tag: tags.keyword, color: 'var(--accent)', fontWeight: '600' },
  { tag: tags.typeName, color: 'var(--busy)' },
  { tag: [tags.string, tags.number, tags.atom], color: 'var(--good)' },
])

/** Changed by itself where somebody reads in another language. */
const named = new Compartment()
const nameOf = (label: string) =>
  EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false' })

/**
 * An editor of Solidity. It lies in a shadow root, where CodeMirror adopts a constructed style
 * sheet: in the document it would add a style element, which the policy forbids. Tab leaves it.
 */
export function SolidityEditor({ label, text, onChange, problems, goTo }: Props) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const change = useRef(onChange)
  change.current = onChange
  const first = useRef({ text, label })
  useEffect(() => {
    const element = host.current
    if (!element) return
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' })
    const { text: doc, label: name } = first.current
    const state = EditorState.create({
      doc,
      extensions: [extensions(change), named.of(nameOf(name))],
    })
    const made = new EditorView({ root, parent: root, state })
    view.current = made
    return () => made.destroy()
  }, [])
  useEffect(() => {
    view.current?.dispatch({ effects: named.reconfigure(nameOf(label)) })
  }, [label])
  useEffect(() => {
    const { current } = view
    if (!current || current.state.doc.toString() === text) return
    current.dispatch({ changes: { from: 0, to: current.state.doc.length, insert: text } })
  }, [text])
  useEffect(() => {
    const { current } = view
    if (!current) return
    const marks = problems.map((one) => markOf(current.state.doc, one))
    current.dispatch(setDiagnostics(current.state, marks))
  }, [problems])
  useEffect(() => {
    const { current } = view
    if (!current || !goTo) return
    const anchor = placeIn(current.state.doc, goTo)
    current.dispatch({ selection: { anchor }, scrollIntoView: true })
    current.focus()
  }, [goTo])
  return <div ref={host} className="editor" />
}

function extensions(change: { readonly current: Props['onChange'] }) {
  return [
    ...[lineNumbers(), history(), lintGutter(), solidity, EditorView.lineWrapping, theme],
    ...[syntaxHighlighting(colours), indentUnit.of('    ')],
    keymap.of([...defaultKeymap, ...historyKeymap]),
    EditorView.updateListener.of(({ docChanged, state }) => {
      if (docChanged) change.current(state.doc.toString())
    }),
  ]
}

/** Lines and columns count from 1, and may be of a text that was another one. */
function placeIn(doc: Text, { line, column }: { readonly line: number; readonly column: number }) {
  const { from, text } = doc.line(Math.min(Math.max(line, 1), doc.lines))
  // Compilers count characters, and the editor what UTF-16 has for them.
  return from + [...text].slice(0, Math.max(column, 1) - 1).join('').length
}

function markOf(doc: Text, { text, place }: CompileProblem) {
  const from = placeIn(doc, place ?? { line: 1, column: 1 })
  return { from, to: Math.min(from + 1, doc.length), severity: 'error' as const, message: text }
}
