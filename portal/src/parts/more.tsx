import { type ReactNode, useState } from 'react'

type Props = {
  readonly title: string
  /** Open whatever somebody chose, where something in it wants to be seen. */
  readonly isWrong?: boolean
  readonly children: ReactNode
}

/** What most do not need, behind one line. */
export function More({ title, isWrong = false, children }: Props) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details
      className="more"
      open={isOpen || isWrong}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>{title}</summary>
      <div className="stack">{children}</div>
    </details>
  )
}
