import type { ReactNode } from 'react'
import { Focusable, Tooltip, TooltipTrigger } from 'react-aria-components'

type Props = { readonly text: ReactNode; readonly children: ReactNode; readonly label: string }

/** What stands behind a short form: shown on hover and on focus, Escape closes it. */
export function Hint({ text, children, label }: Props) {
  return (
    <TooltipTrigger delay={250} closeDelay={80}>
      <Focusable>
        {/* The role lets a short form take the focus, so that its hint needs no mouse. */}
        <span className="hinted" role="note" aria-label={label}>
          {children}
        </span>
      </Focusable>
      <Tooltip className="hint" offset={6}>
        {text}
      </Tooltip>
    </TooltipTrigger>
  )
}
