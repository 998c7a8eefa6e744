import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { sentenceFields } from './decoded-entry.ts'

export type Told = {
  readonly act: string | undefined
  readonly fields: unknown
  readonly issuer: string
  readonly service: string
  readonly recordKey?: string | undefined
}

/** Says what an entry does, in words. */
export function useSentence(): (told: Told) => string {
  const { t } = useTranslation()
  return useCallback(
    ({ act, fields, issuer, service, recordKey }) => {
      if (act === undefined) {
        const name = recordKey === undefined ? 'acts.record' : 'acts.recordOfKey'
        return t(name, { issuer, service, key: recordKey })
      }
      const values = { ...sentenceFields(fields), issuer }
      return t([`acts.${act}`, 'acts.other'], { ...values, act })
    },
    [t],
  )
}
