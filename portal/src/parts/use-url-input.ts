import { useEffect, useRef, useState } from 'react'

/**
 * A text field whose text the URL keeps. The URL comes a moment after each key: a field that is
 * set by it loses its caret and breaks what an input method composes. So the field has its own
 * text, and follows the URL while nobody types into it, as after Back.
 */
export function useUrlInput(told: string) {
  const ref = useRef<HTMLInputElement>(null)
  const [defaultValue] = useState(told)
  useEffect(() => {
    const { current: field } = ref
    if (field && field !== document.activeElement) field.value = told
  }, [told])
  return { ref, defaultValue }
}
