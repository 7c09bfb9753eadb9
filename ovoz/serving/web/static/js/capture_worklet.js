// Runs in the audio thread: collects blocks of 128 samples into larger pieces.

const PIECE_S = 0.1;

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.piece = new Float32Array(Math.round(sampleRate * PIECE_S));
    this.filled = 0;
  }

  process([input]) {
    for (const sample of input[0] ?? []) {
      this.piece[this.filled] = sample;
      this.filled += 1;
      if (this.filled === this.piece.length) {
        this.port.postMessage(this.piece.slice());
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor('capture', Capture);
