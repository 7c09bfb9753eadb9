// Node's fetch: asks again and again, and prints a line of JSON for each answer.
//   node client.mjs URL PAUSE_MS FILE…
import { readFileSync } from "node:fs";

const [url, pause, ...files] = process.argv.slice(2);
const recordings = files.map((file) => readFileSync(file));
for (let place = 0; ; place++) {
  const id = `node-${process.pid}-${place}`;
  const form = new FormData();
  form.append("file", new Blob([recordings[place % recordings.length]]), "clip.flac");
  let status = 0, duration = 0, back = "";
  try {
    const answer = await fetch(`${url}/transcribe`, {
      method: "POST", body: form, headers: { "X-Request-ID": id },
    });
    status = answer.status;
    back = answer.headers.get("x-request-id");
    duration = (await answer.json()).duration_s ?? 0;
  } catch {}
  console.log(JSON.stringify({ status, same: back === id, place: place % recordings.length, duration }));
  await new Promise((resolve) => setTimeout(resolve, Number(pause)));
}
