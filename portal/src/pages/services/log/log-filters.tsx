import { useNavigate } from '@tanstack/react-router'
import { useEffect, useId, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { type LogSearch, logSpans } from '../../../app/search-params.ts'
import { Choice } from '../../../parts/field.tsx'
import { useUrlInput } from '../../../parts/use-url-input.ts'

const methods = ['GET', 'POST', 'PATCH', 'DELETE'] as const
const statuses = ['2xx', '4xx', '5xx'] as const

/** One that the URL names is among those that can be chosen. */
const withOwn = (all: readonly string[], own: string | undefined) =>
  own === undefined || all.includes(own) ? all : [...all, own]

/** Filters of the log, each kept in the URL. */
export function LogFilters({ search }: { readonly search: LogSearch }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const change = (next: Partial<LogSearch>) =>
    void navigate({
      to: '.',
      search: (before) => ({ ...before, ...next }) as typeof before,
      replace: true,
    })
  const any = ['', t('log.any')] as const
  const same = (all: readonly string[]) => all.map((one) => [one, one] as const)
  return (
    <div className="filters">
      <Choice
        label={t('log.status')}
        value={search.status ?? ''}
        options={[any, ...same(withOwn(statuses, search.status))]}
        onChoose={(status) => change({ status: status || undefined })}
      />
      <Choice
        label={t('log.method')}
        value={search.method ?? ''}
        options={[any, ...same(withOwn(methods, search.method))]}
        onChoose={(method) => change({ method: method || undefined })}
      />
      <Choice
        label={t('log.within')}
        value={search.within ?? ''}
        options={[
          ['', t('log.spans.all')],
          ...logSpans.map((one) => [one, t(`log.spans.${one}`)] as const),
        ]}
        onChoose={(within) => change({ within: within === '' ? undefined : within })}
      />
      <TextFilter
        label={t('log.path')}
        value={search.path}
        max={512}
        onText={(path) => change({ path })}
      />
      <TextFilter
        label={t('log.credential')}
        value={search.credential}
        max={255}
        onText={(credential) => change({ credential })}
      />
      <TextFilter
        label={t('log.code')}
        value={search.code}
        max={64}
        onText={(code) => change({ code })}
      />
      <TextFilter label={t('log.id')} value={search.id} max={64} onText={(id) => change({ id })} />
    </div>
  )
}

type TextProps = {
  readonly label: string
  readonly value: string | undefined
  readonly max: number
  readonly onText: (text: string | undefined) => void
}

/** The log is asked once somebody has stopped to type. */
const settleMs = 300

function TextFilter({ label, value = '', max, onText }: TextProps) {
  const id = useId()
  const field = useUrlInput(value)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const later = (text: string) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => onText(text.trim() || undefined), settleMs)
  }
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        {...field}
        id={id}
        maxLength={max}
        autoComplete="off"
        spellCheck={false}
        onChange={({ target }) => later(target.value)}
      />
    </div>
  )
}
