import type { SampleLanguage } from './code-samples.ts'

/** Programs that ask a chain something, as they stand: each runs with no change. */

/** A call of JSON-RPC. */
export type RpcCall = { readonly method: string; readonly params: readonly unknown[] }

export type RpcTarget = {
  /** Base address, such as http://127.0.0.1:8420. */
  readonly gateway: string
  /** As services have it: a path with `{accessKey}` in it. */
  readonly rpc: string
  /** Which chain it is, where nothing else is asked. */
  readonly call?: RpcCall
}

/** The call as a body. */
export const rpcBody = ({ method, params }: RpcCall): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })

const whichChain: RpcCall = { method: 'eth_chainId', params: [] }

/** The same in letters that end no text of a program: JSON has escapes for all others. */
const bodyOf = ({ call = whichChain }: RpcTarget) =>
  rpcBody(call).replaceAll(
    /[^ -~]|['`]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** For languages in which a backslash begins an escape. */
const escapedBodyOf = (target: RpcTarget) => bodyOf(target).replaceAll('\\', '\\\\')

/** The address, with what stands for the API key in a language. */
const urlOf = ({ gateway, rpc }: RpcTarget, key: string) =>
  `${gateway}${rpc.replace('{accessKey}', key)}`

/** The program, in one language. */
export function rpcSample(language: SampleLanguage, target: RpcTarget): string {
  return samples[language](target)
}

const samples: Readonly<Record<SampleLanguage, (target: RpcTarget) => string>> = {
  curl: (target) => `curl --fail-with-body "${urlOf(target, '$OPENBSN_API_KEY')}" \\
  --header 'content-type: application/json' \\
  --data '${bodyOf(target)}'`,

  typescript: (target) => `const url = '${urlOf(target, "' + process.env.OPENBSN_API_KEY + '")}'
const answer = await fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '${escapedBodyOf(target)}',
})
console.log(JSON.stringify(await answer.json()))`,

  python: (target) => `import json
import os
import urllib.request

URL = f"${urlOf(target, "{os.environ['OPENBSN_API_KEY']}")}"
HEADERS = {"content-type": "application/json"}
BODY = b'${escapedBodyOf(target)}'

with urllib.request.urlopen(urllib.request.Request(URL, BODY, HEADERS)) as answer:
    print(json.dumps(json.load(answer)))`,

  go: (target) => `package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
)

func main() {
	url := "${urlOf(target, '" + os.Getenv("OPENBSN_API_KEY") + "')}"
	body := strings.NewReader(\`${bodyOf(target)}\`)
	answer, err := http.Post(url, "application/json", body)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 400 {
		log.Fatal(answer.Status, " ", string(text), err)
	}
	fmt.Println(string(text))
}`,
}
