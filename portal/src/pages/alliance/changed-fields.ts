/** One field that would be different. */
export type ChangedField = {
  readonly name: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/** The fields in which two objects differ, as text; the counter of changes is left out. */
export function changedFields(before: unknown, after: unknown): readonly ChangedField[] {
  const [old, now] = [fieldsOf(before), fieldsOf(after)]
  const names = new Set([...Object.keys(old), ...Object.keys(now)])
  names.delete('version')
  return [...names].flatMap((name) => {
    const [was, is] = [textOf(old[name]), textOf(now[name])]
    return was === is ? [] : [{ name, before: was, after: is }]
  })
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}
