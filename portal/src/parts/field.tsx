import { type ComponentProps, type ReactNode, useId } from 'react'

type Base = {
  readonly label: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
}

type Props = Base & Omit<ComponentProps<'input'>, 'id'>

/** A field with its name, a hint, and what is wrong with it, where it is wrong. */
export function Field({ label, hint, error, ...input }: Props) {
  const id = useId()
  return (
    <div className="field" data-wrong={error ? true : undefined}>
      <label htmlFor={id}>{label}</label>
      <input
        {...input}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={notesOf(id, { hint, error })}
      />
      <Notes id={id} hint={hint} error={error} />
    </div>
  )
}

type AreaProps = Base & Omit<ComponentProps<'textarea'>, 'id'>

/** The same for text of several lines. */
export function Area({ label, hint, error, ...area }: AreaProps) {
  const id = useId()
  return (
    <div className="field" data-wrong={error ? true : undefined}>
      <label htmlFor={id}>{label}</label>
      <textarea
        {...area}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={notesOf(id, { hint, error })}
      />
      <Notes id={id} hint={hint} error={error} />
    </div>
  )
}

type NotesProps = Omit<Base, 'label'> & { readonly id: string }

/** What describes the field of that id: its hint, and what is wrong with it. */
export function notesOf(id: string, { hint, error }: Omit<NotesProps, 'id'>): string | undefined {
  const notes = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean)
  return notes.length === 0 ? undefined : notes.join(' ')
}

/** The same as they are shown. */
export function Notes({ id, hint, error }: NotesProps) {
  return (
    <>
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
    </>
  )
}

type ChoiceProps<T extends string> = Base & {
  readonly value: T
  readonly options: readonly (readonly [value: T, label: string])[]
  readonly onChoose: (value: T) => void
}

/** One of a few: the browser's own list, which every keyboard and reader knows. */
export function Choice<T extends string>(props: ChoiceProps<T>) {
  const { label, value, options, onChoose, hint, error } = props
  const id = useId()
  const choose = (text: string) => {
    const found = options.find(([one]) => one === text)
    if (found) onChoose(found[0])
  }
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-describedby={notesOf(id, { hint, error })}
        onChange={({ target }) => choose(target.value)}
      >
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
      <Notes id={id} hint={hint} error={error} />
    </div>
  )
}

type SetProps = Base & {
  readonly id: string
  readonly name: string
  readonly className: string
  readonly children: ReactNode
}

/** Fields that are one for a form: it says once what is wrong with them, in `Notes` of this id. */
export function FieldSet({ id, name, label, hint, error, className, children }: SetProps) {
  return (
    <fieldset
      name={name}
      tabIndex={-1}
      className={className}
      data-wrong={error ? true : undefined}
      aria-describedby={notesOf(id, { hint, error })}
    >
      <legend>{label}</legend>
      {children}
    </fieldset>
  )
}
