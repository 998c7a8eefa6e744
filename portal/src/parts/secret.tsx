import { type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CodeBlock } from './code-block.tsx'
import { Download } from './download.tsx'

type Props = {
  readonly what: string
  readonly secret: string
  /** Of the file that it is saved as. */
  readonly fileName: string
  /** What comes after it, by its name. */
  readonly next: string
  readonly onSaved: () => void
  /** What there is to say of it. */
  readonly children?: ReactNode
}

/** Shown once: nobody has it but this page, and nobody goes on without having said it is kept. */
export function Secret({ what, secret, fileName, next, onSaved, children }: Props) {
  const { t } = useTranslation()
  const heading = useRef<HTMLHeadingElement>(null)
  // Whoever made it has pressed a button that is gone.
  useEffect(() => heading.current?.focus(), [])
  const [isSaved, setSaved] = useState(false)
  return (
    <section className="secret" aria-label={what}>
      <h2 ref={heading} tabIndex={-1}>
        {what}
      </h2>
      {children}
      <p>{t('secret.once')}</p>
      <CodeBlock text={secret} what={what} isTall />
      <Download
        name={fileName}
        label={t('secret.download')}
        bytes={`${secret}\n`}
        type="text/plain"
      />
      <SavedCheck label={t('secret.saved')} isSaved={isSaved} onChange={setSaved} />
      <p>
        <button type="button" className="button" disabled={!isSaved} onClick={onSaved}>
          {next}
        </button>
      </p>
    </section>
  )
}

type SavedProps = {
  readonly label: string
  readonly isSaved: boolean
  readonly onChange: (isSaved: boolean) => void
}

/** What is shown once goes on only where somebody says that it is saved. */
export function SavedCheck({ label, isSaved, onChange }: SavedProps) {
  const id = useId()
  return (
    <p className="check">
      <input
        id={id}
        type="checkbox"
        checked={isSaved}
        onChange={({ target }) => onChange(target.checked)}
      />
      <label htmlFor={id}>{label}</label>
    </p>
  )
}
