import type { ReactElement, ReactNode } from 'react'
import { Focusable, Tooltip, TooltipTrigger } from 'react-aria-components'

type Props = { readonly text: ReactNode; readonly children: ReactNode; readonly label: string }

/** What stands behind a short form: shown on hover and on focus, Escape closes it. */
export function Hint({ text, children, label }: Props) {
  return (
    <HintOf text={text}>
      {/* The role lets a short form take the focus, so that its hint needs no mouse. */}
      <span className="hinted" role="note" aria-label={label}>
        {children}
      </span>
    </HintOf>
  )
}

type OfProps = { readonly text: ReactNode; readonly children: ReactElement<object> }

/** A hint of something that takes the focus by itself, such as a link. */
export function HintOf({ text, children }: OfProps) {
  return (
    <TooltipTrigger delay={250} closeDelay={80}>
      <Focusable>{children as Parameters<typeof Focusable>[0]['children']}</Focusable>
      <Tooltip className="hint" offset={6}>
        {text}
      </Tooltip>
    </TooltipTrigger>
  )
}
