// A built-in clip in the place of the microphone: heard and sent at the speed of speech.

const RATE = 16000;
const PIECE = RATE / 10;
const TAIL_S = 1; // silence, so that the last word ends

/** What opens a clip as `openMicrophone` opens the microphone; `onEnd` follows the last piece. */
export function clip(name) {
  return async (onSamples, onEnd) => {
    const answer = await fetch(`page/clips/${name}.opus`);
    const context = new AudioContext();
    const offline = new OfflineAudioContext(1, 1, RATE);
    const sound = await offline.decodeAudioData(await answer.arrayBuffer());
    const heard = context.createBufferSource();
    heard.buffer = sound;
    heard.connect(context.destination);
    heard.start();
    const samples = new Float32Array(sound.length + TAIL_S * RATE);
    samples.set(sound.getChannelData(0));
    let sent = 0;
    const startedAt = performance.now();
    const timer = setInterval(() => {
      const due = ((performance.now() - startedAt) / 1000) * RATE; // timers are late at times
      for (; sent < samples.length && sent + PIECE <= due; sent += PIECE) {
        onSamples(samples.subarray(sent, sent + PIECE));
      }
      if (sent >= samples.length) onEnd();
    }, 50);
    return { sampleRate: RATE, close: () => { clearInterval(timer); context.close(); } };
  };
}
