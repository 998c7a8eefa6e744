import { CopyButton } from './copy-button.tsx'

type Props = {
  readonly text: string
  readonly what: string
  readonly isTall?: boolean
  /** What the button copies, where that is not all of it. */
  readonly copied?: string | undefined
}

/** Text for machines, as it is, with a button that copies it. */
export function CodeBlock({ text, what, isTall = false, copied = text }: Props) {
  return (
    <section className="code-block" data-tall={isTall || undefined} aria-label={what}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys. */}
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
      <CopyButton text={copied} what={what} />
    </section>
  )
}
