import { useState } from 'react'
import { storeChoice, storedChoice } from './stored.ts'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const name = 'bsn.theme'

/** The theme that was chosen, and how to choose another: no reload, no flash. */
export function useTheme(): readonly [Theme, (next: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(() => storedChoice(name, themes) ?? 'system')
  const choose = (next: Theme) => {
    setTheme(next)
    storeChoice(name, next === 'system' ? undefined : next)
    const { dataset } = document.documentElement
    if (next === 'system') delete dataset.theme
    else dataset.theme = next
  }
  return [theme, choose]
}
