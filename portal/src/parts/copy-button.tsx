import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { announce } from './announce.tsx'
import { Icon } from './icon.tsx'

type Props = {
  readonly text: string
  /** What it is, for the name of the button. */
  readonly what: string
}

/** Copies the full text and says so. */
export function CopyButton({ text, what }: Props) {
  const { t } = useTranslation()
  const [isDone, setDone] = useState(false)
  useEffect(() => {
    if (!isDone) return
    const timer = setTimeout(() => setDone(false), 1500)
    return () => clearTimeout(timer)
  }, [isDone])
  const copy = async () => {
    const isCopied = await writeClipboard(text)
    setDone(isCopied)
    announce(isCopied ? t('parts.copied', { text }) : t('parts.copyFailed'))
  }
  return (
    <button
      type="button"
      className="icon-button copy"
      data-done={isDone || undefined}
      aria-label={t('parts.copy', { what })}
      onClick={() => void copy()}
    >
      <Icon name={isDone ? 'check' : 'copy'} />
    </button>
  )
}

async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false // Forbidden, or a page without TLS that is not on this machine.
  }
}
