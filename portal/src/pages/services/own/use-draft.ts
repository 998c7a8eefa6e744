import { useRef } from 'react'

/**
 * What is made anew for an act, such as a key: made once for the same wish, so that sending the
 * form again, where no answer came, is the same act again. `forget` after it was done.
 */
export function useDraft<T>() {
  const kept = useRef<{ readonly wish: string; readonly made: T }>(undefined)
  return {
    async of(wish: unknown, make: () => T | Promise<T>): Promise<T> {
      const name = JSON.stringify(wish)
      if (kept.current?.wish !== name) kept.current = { wish: name, made: await make() }
      return kept.current.made
    },
    forget: () => {
      kept.current = undefined
    },
  }
}
