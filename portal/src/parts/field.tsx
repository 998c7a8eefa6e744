import { type ComponentProps, useId } from 'react'

type Base = {
  readonly label: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
}

type Props = Base & Omit<ComponentProps<'input'>, 'id'>

/** A field with its name, a hint, and what is wrong with it, where it is wrong. */
export function Field({ label, hint, error, ...input }: Props) {
  const id = useId()
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div className="field" data-wrong={error ? true : undefined}>
      <label htmlFor={id}>{label}</label>
      <input
        {...input}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={described || undefined}
      />
      {hint && (
        <p id={`${id}-hint`} className="hint-text">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="error-text" role="alert">
          {error}
        </p>
      )}
    </div>
  )
}

type ChoiceProps<T extends string> = Base & {
  readonly value: T
  readonly options: readonly (readonly [value: T, label: string])[]
  readonly onChoose: (value: T) => void
}

/** One of a few: the browser's own list, which every keyboard and reader knows. */
export function Choice<T extends string>({ label, value, options, onChoose }: ChoiceProps<T>) {
  const id = useId()
  const choose = (text: string) => {
    const found = options.find(([one]) => one === text)
    if (found) onChoose(found[0])
  }
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={({ target }) => choose(target.value)}>
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    </div>
  )
}
