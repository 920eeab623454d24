// Asks Go's own net/http what its CrossOriginProtection says of requests.
//
// Standard input: one JSON object a line, with the bytes of an HTTP/1.1 request head (base64) and the
// trusted origins. Standard output: one line each: "permit", "refuse: WHY", or "unread: WHY" for a head
// that Go's server would not have taken.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

type asked struct {
	Head    []byte   `json:"head"`
	Trusted []string `json:"trusted"`
}

func answer(a asked) string {
	protection := http.NewCrossOriginProtection()
	for _, origin := range a.Trusted {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			return "unread: " + err.Error()
		}
	}
	request, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(a.Head)))
	if err != nil {
		return "unread: " + err.Error()
	}
	if err := protection.Check(request); err != nil {
		return "refuse: " + err.Error()
	}
	return "permit"
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<16), 1<<24)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		var a asked
		if err := json.Unmarshal(in.Bytes(), &a); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		fmt.Fprintf(out, "%q\n", answer(a))
	}
}
