import type { Command, OptionSpec } from './command.ts'

/** `bsn NAME`, what is needed, and what may follow. */
export function usageLine(name: string, { operands = [], options = {} }: Command): string {
  const needed = Object.entries(options)
    .filter(([, { required }]) => required)
    .map(([option, { value = 'VALUE' }]) => `--${option} ${value}`)
  const names = operands.map((one) => {
    const many = one.many ? `${one.name}…` : one.name
    return one.required ? many : `[${many}]`
  })
  return ['bsn', name, ...needed, '[options]', ...names].join(' ')
}

/** Each option as it is written, and what it does. */
export function optionRows(options: Readonly<Record<string, OptionSpec>>): [string, string][] {
  return Object.entries(options).map(([name, spec]) => {
    const left = spec.type === 'string' ? `--${name} ${spec.value ?? 'VALUE'}` : `--${name}`
    const notes = [
      spec.required ? 'needed' : '',
      spec.many ? 'may be repeated' : '',
      spec.env ? `or ${spec.env}` : '',
      spec.default ? `default ${spec.default}` : '',
    ].filter((note) => note !== '')
    return [left, notes.length === 0 ? spec.summary : `${spec.summary} (${notes.join(', ')})`]
  })
}
