import { type CompletedCommand, type ValueKind, wordsOf } from './completion-model.ts'

/** For fish 3 and later. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  const groups = [...wordsOf(commands)].map(([first, words]) => {
    return `complete -c bsn -f -n '__bsn_at "${first}"' -a '${words.join(' ')}'`
  })
  return `# Completion of bsn in fish, made by \`bsn completion fish\`.
# True where the words before the cursor, without options, begin with these, and with no more where
# they are no command yet.
function __bsn_at
    set -l words (commandline -opc | string match -v -- '-*')[2..-1]
    if test "$words[1]" = help
        set -e words[1]
    end
    set -l wanted (string split -n ' ' -- $argv[1])
    if test (count $wanted) -lt 2; and not contains -- "$argv[1]" $__bsn_single
        test "$words" = "$wanted"
        return
    end
    test "$words[1..$(count $wanted)]" = "$wanted"
end
set -g __bsn_single ${commands
    .filter(({ name }) => !name.includes(' '))
    .map(({ name }) => name)
    .join(' ')}
complete -c bsn -f
${groups.join('\n')}
${commands.flatMap(linesOf).join('\n')}
`
}

function linesOf({ name, options, operands }: CompletedCommand): string[] {
  const at = `complete -c bsn -n '__bsn_at "${name}"'`
  const flags = options.map(({ name: option, summary, kind }) => {
    const value = kind === undefined ? '' : ` ${valueText(kind)}`
    return `${at} -l ${option}${value} -d ${quoted(summary)}`
  })
  const [first = 'text'] = operands
  return first === 'text' ? flags : [...flags, `${at} ${valueText(first)}`]
}

function valueText(kind: ValueKind): string {
  if (kind === 'file') return '-r -F'
  return kind === 'text' ? '-x' : `-x -a '(bsn completion ${kind} 2>/dev/null)'`
}

const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`
