// The microphone, as pieces of float samples of about a tenth of a second.

const WANTED_RATE = 16000;

/** An audio context at the service's rate, where the browser can; else at its own. */
function contextFor(stream) {
  try {
    const context = new AudioContext({ sampleRate: WANTED_RATE });
    return { context, source: context.createMediaStreamSource(stream) };
  } catch {
    const context = new AudioContext(); // Firefox mixes no two rates: the service resamples
    return { context, source: context.createMediaStreamSource(stream) };
  }
}

/**
 * Open the microphone; the visitor is asked.
 * @param {(samples: Float32Array) => void} onSamples
 * @returns {Promise<{sampleRate: number, close: () => void}>}
 */
export async function openMicrophone(onSamples) {
  const stream = await navigator.mediaDevices.getUserMedia({
    // What suppresses noise for people takes letters from a recogniser.
    audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false },
  });
  const close = () => stream.getTracks().forEach((track) => track.stop());
  try {
    const { context, source } = contextFor(stream);
    await context.audioWorklet.addModule(new URL('./capture_worklet.js', import.meta.url));
    const node = new AudioWorkletNode(context, 'capture', { numberOfOutputs: 0 });
    node.port.onmessage = (event) => onSamples(event.data);
    source.connect(node);
    await context.resume();
    return { sampleRate: context.sampleRate, close: () => { close(); context.close(); } };
  } catch (error) {
    close();
    throw error;
  }
}
