// Tessera's log on a POSIX file system, for comparison. With -listen it serves POST /add over HTTP,
// one leaf per request, as Tessera's own conformance server does, and tells at GET /count how many
// it acknowledged. Without, it measures leaves per second with the writers in the same process, and
// prints one line of JSON. Either way a leaf is acknowledged when its future resolves: it is
// sequenced, integrated and synced then.
package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
	"k8s.io/klog/v2"
)

var (
	folder    = flag.String("folder", "", "where the log is made")
	listen    = flag.String("listen", "", "address to serve on")
	publicKey = flag.String("public-key", "", "file for the key that verifies checkpoints")
	seconds   = flag.Float64("seconds", 10, "length of the measured run")
	writers   = flag.Int("writers", 256, "writers, each with one leaf under way")
	leafBytes = flag.Int("leaf-bytes", 383, "bytes of a leaf")
	batchSize = flag.Uint("batch-size", 256, "leaves that are written together")
	batchAge  = flag.Duration("batch-age", 10*time.Millisecond, "longest wait for such a batch")
)

func main() {
	klog.InitFlags(nil)
	flag.Parse()
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	appender, shutdown, err := open(ctx)
	if err != nil {
		return err
	}
	if *listen != "" {
		return serve(appender)
	}
	rate, err := measure(ctx, appender)
	if err != nil {
		return err
	}
	if err := shutdown(ctx); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]float64{"leavesPerSecond": rate})
}

// open makes a log without antispam, which would cost it speed.
func open(ctx context.Context) (*tessera.Appender, func(context.Context) error, error) {
	secret, verifier, err := note.GenerateKey(rand.Reader, "bench")
	if err != nil {
		return nil, nil, err
	}
	if *publicKey != "" {
		if err := os.WriteFile(*publicKey, []byte(verifier), 0o644); err != nil {
			return nil, nil, err
		}
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, nil, err
	}
	driver, err := posix.New(ctx, posix.Config{Path: *folder})
	if err != nil {
		return nil, nil, err
	}
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithCheckpointInterval(time.Second).
		WithBatching(*batchSize, *batchAge)
	appender, shutdown, _, err := tessera.NewAppender(ctx, driver, options)
	return appender, shutdown, err
}

func serve(appender *tessera.Appender) error {
	var added atomic.Uint64
	http.HandleFunc("GET /count", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, "%d", added.Load())
	})
	http.HandleFunc("POST /add", func(w http.ResponseWriter, r *http.Request) {
		leaf, err := io.ReadAll(r.Body)
		if err == nil {
			var index tessera.Index
			if index, err = appender.Add(r.Context(), tessera.NewEntry(leaf))(); err == nil {
				added.Add(1)
				_, err = fmt.Fprintf(w, "%d", index.Index)
			}
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	return http.ListenAndServe(*listen, nil)
}

// measure returns acknowledged leaves per second. Every writer adds one, waits, adds the next.
func measure(ctx context.Context, appender *tessera.Appender) (float64, error) {
	var (
		wait   sync.WaitGroup
		number atomic.Uint64
		failed atomic.Value
	)
	started := time.Now()
	deadline := started.Add(time.Duration(*seconds * float64(time.Second)))
	for range *writers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for time.Now().Before(deadline) {
				leaf := make([]byte, *leafBytes)
				binary.BigEndian.PutUint64(leaf, number.Add(1))
				if _, err := appender.Add(ctx, tessera.NewEntry(leaf))(); err != nil {
					failed.Store(err)
					return
				}
			}
		}()
	}
	wait.Wait()
	if err, ok := failed.Load().(error); ok {
		return 0, err
	}
	return float64(number.Load()) / time.Since(started).Seconds(), nil
}
