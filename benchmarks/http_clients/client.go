// Go's net/http: asks COUNT times (0: without end), and prints a line of JSON for each answer.
//   go run client.go URL MODE COUNT PAUSE_MS FILE…
// MODE is plain, close (no keep-alive), chunked or expect (waits for 100 Continue).
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"strconv"
	"time"
)

type line struct {
	Status   int     `json:"status"`
	Same     bool    `json:"same"`
	Place    int     `json:"place"`
	Duration float64 `json:"duration"`
}

func ask(client *http.Client, url, mode, id string, recording []byte) (told line) {
	body := &bytes.Buffer{}
	form := multipart.NewWriter(body)
	part, _ := form.CreateFormFile("file", "clip.flac")
	part.Write(recording)
	form.Close()
	var sent io.Reader = body
	if mode == "chunked" {
		sent = io.MultiReader(body) // its length is not known
	}
	request, _ := http.NewRequest("POST", url+"/transcribe", sent)
	request.Close = mode == "close"
	if mode == "expect" {
		request.Header.Set("Expect", "100-continue")
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("X-Request-ID", id)
	answer, err := client.Do(request)
	if err != nil {
		return
	}
	defer answer.Body.Close()
	var transcript struct {
		Duration float64 `json:"duration_s"`
	}
	if json.NewDecoder(answer.Body).Decode(&transcript) != nil {
		return
	}
	return line{answer.StatusCode, answer.Header.Get("X-Request-ID") == id, 0, transcript.Duration}
}

func main() {
	count, _ := strconv.Atoi(os.Args[3])
	pause, _ := strconv.Atoi(os.Args[4])
	var recordings [][]byte
	for _, file := range os.Args[5:] {
		recording, err := os.ReadFile(file)
		if err != nil {
			panic(err)
		}
		recordings = append(recordings, recording)
	}
	client := &http.Client{Timeout: time.Minute}
	output := json.NewEncoder(os.Stdout)
	for place := 0; count == 0 || place < count; place++ {
		at := place % len(recordings)
		id := fmt.Sprintf("go-%d-%d", os.Getpid(), place)
		told := ask(client, os.Args[1], os.Args[2], id, recordings[at])
		told.Place = at
		output.Encode(told)
		time.Sleep(time.Duration(pause) * time.Millisecond)
	}
}
