import { type ReactNode, useEffect } from 'react'
import { useTranslation } from 'react-i18next'

type Props = {
  readonly title: string
  /** One sentence below it. */
  readonly lead?: ReactNode
  /** What kind of thing it is, above the title. */
  readonly over?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A page: its title in the window too. The router puts the focus on the heading. */
export function Page({ title, lead, over, actions, children }: Props) {
  const { t } = useTranslation()
  useEffect(() => {
    document.title = t('shell.title', { title })
  }, [title, t])
  return (
    <article className="page">
      <header className="page-head">
        <div>
          {over !== undefined && <p className="over">{over}</p>}
          <h1 tabIndex={-1}>{title}</h1>
          {lead !== undefined && <p className="lead">{lead}</p>}
        </div>
        {actions !== undefined && <div className="actions">{actions}</div>}
      </header>
      {children}
    </article>
  )
}

type SectionProps = {
  readonly title: string
  readonly note?: ReactNode
  readonly children: ReactNode
}

/** A part of a page with its heading. */
export function Section({ title, note, children }: SectionProps) {
  return (
    <section className="section">
      <header>
        <h2>{title}</h2>
        {note !== undefined && <p className="note">{note}</p>}
      </header>
      {children}
    </section>
  )
}
