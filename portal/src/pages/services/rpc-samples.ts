import type { SampleLanguage } from './code-samples.ts'

/** Programs that ask a chain which one it is, as they stand: each runs with no change. */

export type RpcTarget = {
  /** Base address, such as http://127.0.0.1:8420. */
  readonly gateway: string
  /** As services have it: a path with `{accessKey}` in it. */
  readonly rpc: string
}

const asked = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'

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
  --data '${asked}'`,

  typescript: (target) => `const url = '${urlOf(target, "' + process.env.OPENBSN_API_KEY + '")}'
const answer = await fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '${asked}',
})
console.log(JSON.stringify(await answer.json()))`,

  python: (target) => `import json
import os
import urllib.request

URL = f"${urlOf(target, "{os.environ['OPENBSN_API_KEY']}")}"
HEADERS = {"content-type": "application/json"}
BODY = b'${asked}'

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
	body := strings.NewReader(\`${asked}\`)
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
