import { type CompletedCommand, wordsOf } from './completion-model.ts'

/** What bash and zsh share: tables of the commands, and what fits behind the words so far. */
function common(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => `'${name}'`).join('|')
  const flags = commands.map(({ name, options }) => {
    const words = options.map((one) => `--${one.name}`).join(' ')
    return `    '${name}') _bsn_words='${words}' ;;`
  })
  const next = [...wordsOf(commands)].map(
    ([first, words]) => `    '${first}') _bsn_words='${words.join(' ')}' ;;`,
  )
  return `_bsn_is_command() {
  case "$1" in
    ${names}) return 0 ;;
  esac
  return 1
}

_bsn_flags() {
  case "$1" in
${flags.join('\n')}
    *) _bsn_words='--help --version --json --quiet --verbose --no-color' ;;
  esac
}

_bsn_next() {
  case "$1" in
${next.join('\n')}
  esac
}

_bsn_value() {
  _bsn_kind=
  case "$1:$2" in
${commands.flatMap(valueCases).join('\n')}
  esac
}

# _bsn_candidates PROGRAM CURRENT BEFORE…: sets _bsn_kind and _bsn_words.
_bsn_candidates() {
  local program=$1 current=$2 command= pending= skip= count=0 word
  shift 2
  for word in "$@"; do
    if [[ -n $skip ]]; then
      skip=
      continue
    fi
    if [[ $word == -* ]]; then
      _bsn_value "$command" "$word"
      skip=$_bsn_kind
      continue
    fi
    if [[ -n $command ]]; then
      count=$((count + 1))
      continue
    fi
    [[ $word == help && -z $pending ]] && continue
    pending="\${pending:+$pending }$word"
    _bsn_is_command "$pending" && command=$pending
  done
  _bsn_kind= _bsn_words=
  if [[ -n $skip ]]; then
    _bsn_kind=$skip
  elif [[ $current == -* ]]; then
    _bsn_flags "$command"
  elif [[ -z $command ]]; then
    _bsn_next "$pending"
  else
    _bsn_value "$command" "#$count"
  fi
  case $_bsn_kind in
    services | credentials | nodes | engines)
      _bsn_words=$("$program" completion "$_bsn_kind" 2>/dev/null)
      ;;
  esac
}
`
}

function valueCases({ name, options, operands }: CompletedCommand): string[] {
  const values = options.flatMap(({ name: option, kind }) =>
    kind === undefined ? [] : [`    '${name}:--${option}') _bsn_kind=${kind} ;;`],
  )
  const places = operands.map((kind, place) => `    '${name}:#${place}') _bsn_kind=${kind} ;;`)
  return [...values, ...places]
}

/** For bash 3.2 and later. */
export function bashScript(commands: readonly CompletedCommand[]): string {
  return `# Completion of bsn in bash, made by \`bsn completion bash\`.
${common(commands)}
_bsn() {
  local current="\${COMP_WORDS[COMP_CWORD]}" IFS=$' \\t\\n'
  _bsn_candidates "\${COMP_WORDS[0]}" "$current" "\${COMP_WORDS[@]:1:COMP_CWORD-1}"
  if [[ $_bsn_kind == file ]]; then
    compopt -o filenames 2>/dev/null
    IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$current"))
  else
    COMPREPLY=($(compgen -W "$_bsn_words" -- "$current"))
  fi
}
complete -F _bsn bsn
`
}

/** For zsh 5 and later. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  return `#compdef bsn
# Completion of bsn in zsh, made by \`bsn completion zsh\`.
${common(commands)}
_bsn() {
  local -a found
  _bsn_candidates "\${words[1]}" "\${words[CURRENT]}" "\${(@)words[2,CURRENT-1]}"
  if [[ $_bsn_kind == file ]]; then
    _files
  else
    found=(\${=_bsn_words})
    compadd -a found
  fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _bsn "$@"
else
  compdef _bsn bsn
fi
`
}
