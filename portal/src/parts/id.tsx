import { Link, type LinkProps } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { CopyButton } from './copy-button.tsx'
import { Hint, HintOf } from './hint.tsx'
import { shortId } from './short-id.ts'

type Props = {
  readonly id: string
  /** Where it leads. */
  readonly to?: LinkProps
  /** What it is, such as `hash`: a key of `words.kinds`. */
  readonly kind: string
  /** Whole where there is room for it. */
  readonly full?: boolean
}

/** An id, hash, address or key: short, whole on hover and focus, and copied whole. */
export function Id({ id, to, kind, full = false }: Props) {
  const { t } = useTranslation()
  const what = t(`kinds.${kind}`)
  const shown = full ? id : shortId(id)
  const isShort = shown !== id
  const text = <code className="id-text">{shown}</code>
  const link = to && <Link {...to}>{text}</Link>
  return (
    <span className="id" data-full={full || undefined}>
      {isShort && link && <HintOf text={<code>{id}</code>}>{link}</HintOf>}
      {isShort && !link && (
        <Hint text={<code>{id}</code>} label={`${what} ${id}`}>
          {text}
        </Hint>
      )}
      {!isShort && (link ?? text)}
      <CopyButton text={id} what={what} />
    </span>
  )
}
