// Node's clients: ask COUNT times (0: without end), and print a line of JSON for each answer.
//   node client.mjs KIND URL MODE COUNT PAUSE_MS FILE…
// KIND is node (its fetch) or undici (the package, found from the current folder: its request).
// MODE is plain, close (no keep-alive) or chunked; neither waits for 100 Continue over HTTP/1.1.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [kind, url, mode, count, pause, ...files] = process.argv.slice(2);
const recordings = files.map((file) => readFileSync(file));
const undici = kind === "undici" ? createRequire(`${process.cwd()}/`)("undici") : globalThis;

async function byFetch(address, options) {
  const answer = await fetch(address, options);
  return [answer.status, answer.headers.get("x-request-id"), await answer.json()];
}

async function byRequest(address, options) {
  const answer = await undici.request(address, options);
  return [answer.statusCode, answer.headers["x-request-id"], await answer.body.json()];
}

function asked(recording, id) {
  const form = new undici.FormData();
  form.append("file", new Blob([recording]), "clip.flac");
  const headers = { "X-Request-ID": id };
  if (mode === "close") headers.Connection = "close";
  if (mode !== "chunked") return { method: "POST", headers, body: form };
  const made = new undici.Response(form); // as a stream, whose length nobody knows
  headers["Content-Type"] = made.headers.get("content-type");
  return { method: "POST", headers, body: made.body, duplex: "half" };
}

const ask = kind === "undici" ? byRequest : byFetch;
for (let number = 0; count === "0" || number < Number(count); number++) {
  const id = `${kind}-${process.pid}-${number}`;
  const place = number % recordings.length;
  let status = 0, back = "", told = {};
  try {
    [status, back, told] = await ask(`${url}/transcribe`, asked(recordings[place], id));
  } catch {}
  console.log(JSON.stringify({ status, same: back === id, place, duration: told.duration_s ?? 0 }));
  await new Promise((resolve) => setTimeout(resolve, Number(pause)));
}
