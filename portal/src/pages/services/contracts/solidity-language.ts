import { StreamLanguage, type StreamParser } from '@codemirror/language'

/** Enough of Solidity to colour it; what is right, the compiler says. */

const keywords = new Set(
  (
    'abstract anonymous as assembly break case catch constant constructor continue contract ' +
    'default delete do else emit enum error event external fallback final for from function if ' +
    'immutable import indexed interface internal is let library mapping memory modifier new ' +
    'override payable pragma private public pure receive return returns revert storage struct ' +
    'switch throw transient try type unchecked unicode using var view virtual while calldata leave'
  ).split(' '),
)
const types = /^(address|bool|string|bytes\d*|u?int\d*|u?fixed(\d+x\d+)?)$/
const atoms = new Set(
  'true false this super msg block tx abi wei gwei ether seconds minutes hours days weeks'.split(
    ' ',
  ),
)

type State = { isComment: boolean }

const parser: StreamParser<State> = {
  name: 'solidity',
  languageData: { commentTokens: { line: '//', block: { open: '/*', close: '*/' } } },
  startState: () => ({ isComment: false }),
  token(stream, state) {
    if (state.isComment) {
      if (stream.skipTo('*/')) {
        stream.match('*/')
        state.isComment = false
      } else stream.skipToEnd()
      return 'comment'
    }
    if (stream.eatSpace()) return null
    if (stream.match('//')) {
      stream.skipToEnd()
      return 'comment'
    }
    if (stream.match('/*')) {
      state.isComment = true
      return 'comment'
    }
    if (stream.match(/^"([^"\\]|\\.)*"?/) || stream.match(/^'([^'\\]|\\.)*'?/)) return 'string'
    if (stream.match(/^0x[0-9a-fA-F_]+/) || stream.match(/^\d[\d_]*(\.\d+)?(e-?\d+)?/)) {
      return 'number'
    }
    const word = stream.match(/^[A-Za-z_$][\w$]*/)
    if (!word) {
      stream.next()
      return null
    }
    return kindOf(stream.current())
  },
}

function kindOf(word: string): string | null {
  if (keywords.has(word)) return 'keyword'
  if (types.test(word)) return 'typeName'
  return atoms.has(word) ? 'atom' : null
}

export const solidity = StreamLanguage.define(parser)
