// Samples as the service takes them: 16 bits, little-endian; and their loudness.

/** Bytes of s16le for float samples in [-1, 1]; louder ones are clipped. */
export function toS16le(samples) {
  const bytes = new Uint8Array(samples.length * 2);
  const view = new DataView(bytes.buffer);
  samples.forEach((sample, index) => {
    const whole = Math.round(Math.max(-1, Math.min(1, sample || 0)) * 32767);
    view.setInt16(index * 2, whole, true);
  });
  return bytes;
}

/** Loudness in [0, 1]: 0 is -60 dB of full scale or less, 1 is full scale. */
export function levelOf(samples) {
  const energy = samples.reduce((sum, sample) => sum + sample * sample, 0);
  if (!energy) return 0;
  const decibels = 10 * Math.log10(energy / samples.length);
  return Math.max(0, Math.min(1, 1 + decibels / 60));
}
