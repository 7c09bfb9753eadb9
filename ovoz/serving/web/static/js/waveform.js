// A recording as peaks on a canvas that can be played from any place.

const RATE = 8000;
const LARGEST_BYTES = 100_000_000; // decoded whole, an hour is a hundred megabytes

/** The loudest sample in each of `count` equal parts. */
export function peaks(samples, count) {
  const step = samples.length / count;
  return Array.from({ length: count }, (_, index) => {
    let most = 0;
    const end = Math.min(samples.length, Math.floor((index + 1) * step));
    for (let at = Math.floor(index * step); at < end; at += 1) {
      most = Math.max(most, Math.abs(samples[at]));
    }
    return most;
  });
}

export class Waveform {
  /** @param {HTMLCanvasElement} canvas @param {HTMLAudioElement} audio */
  constructor(canvas, audio) {
    this.canvas = canvas;
    this.audio = audio;
    this.samples = new Float32Array(0);
    canvas.addEventListener('click', (event) => {
      const { left, width } = canvas.getBoundingClientRect();
      if (audio.duration) audio.currentTime = ((event.clientX - left) / width) * audio.duration;
    });
    new ResizeObserver(() => this.draw()).observe(canvas);
    audio.addEventListener('timeupdate', () => this.draw());
  }

  async show(file) {
    this.samples = new Float32Array(0);
    this.draw();
    if (file.size > LARGEST_BYTES) return;
    try {
      const context = new OfflineAudioContext(1, 1, RATE);
      this.samples = (await context.decodeAudioData(await file.arrayBuffer())).getChannelData(0);
    } catch {
      // The browser cannot read what the service can: there is no picture of it.
    }
    this.canvas.hidden = !this.samples.length;
    this.draw();
  }

  draw() {
    const { canvas, audio } = this;
    const width = (canvas.width = canvas.clientWidth);
    const height = (canvas.height = canvas.clientHeight);
    const pen = canvas.getContext('2d');
    if (!this.samples.length || !width) return;
    const style = getComputedStyle(canvas);
    const played = (audio.currentTime / audio.duration || 0) * width;
    const bars = peaks(this.samples, Math.floor(width / 3));
    const loudest = Math.max(...bars, 0.01);
    bars.forEach((peak, index) => {
      const tall = Math.max(1, (peak / loudest) * height);
      pen.fillStyle = index * 3 < played ? style.accentColor : style.color;
      pen.fillRect(index * 3, (height - tall) / 2, 2, tall);
    });
  }
}
