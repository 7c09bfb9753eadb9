// Go's net/http: asks again and again, and prints a line of JSON for each answer.
//   go run client.go URL PAUSE_MS FILE…
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
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

func ask(client *http.Client, url string, id string, recording []byte) (told line) {
	body := &bytes.Buffer{}
	form := multipart.NewWriter(body)
	part, _ := form.CreateFormFile("file", "clip.flac")
	part.Write(recording)
	form.Close()
	request, _ := http.NewRequest("POST", url+"/transcribe", body)
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
	pause, _ := strconv.Atoi(os.Args[2])
	var recordings [][]byte
	for _, file := range os.Args[3:] {
		recording, err := os.ReadFile(file)
		if err != nil {
			panic(err)
		}
		recordings = append(recordings, recording)
	}
	client := &http.Client{Timeout: time.Minute}
	output := json.NewEncoder(os.Stdout)
	for place := 0; ; place++ {
		at := place % len(recordings)
		told := ask(client, os.Args[1], fmt.Sprintf("go-%d-%d", os.Getpid(), place), recordings[at])
		told.Place = at
		output.Encode(told)
		time.Sleep(time.Duration(pause) * time.Millisecond)
	}
}
