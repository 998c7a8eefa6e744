import type { ReactNode } from 'react'

type Props = {
  readonly title: string
  readonly why: string
  /** One thing to do, and a sample. */
  readonly children?: ReactNode
}

/** Nothing is here: what would be, why it is not, and what to do. Never a blank table. */
export function Empty({ title, why, children }: Props) {
  return (
    <section className="empty">
      <h2>{title}</h2>
      <p>{why}</p>
      {children}
    </section>
  )
}
