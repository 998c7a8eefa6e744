import { useRef } from 'react'
import { isOpenFate } from '../../../app/act-keys.ts'

/**
 * What is made anew for an act, such as a key: made once for the same wish, so that sending the
 * form again, where no answer came, is the same act again.
 */
export function useDraft<T>() {
  const kept = useRef<{ readonly wish: string; readonly made: T }>(undefined)
  return async <R>(
    wish: unknown,
    make: () => T | Promise<T>,
    send: (made: T) => Promise<R>,
  ): Promise<R> => {
    const name = JSON.stringify(wish)
    if (kept.current?.wish !== name) kept.current = { wish: name, made: await make() }
    try {
      const done = await send(kept.current.made)
      kept.current = undefined
      return done
    } catch (error) {
      if (!isOpenFate(error)) kept.current = undefined
      throw error
    }
  }
}
