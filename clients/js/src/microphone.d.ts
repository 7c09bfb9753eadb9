/** Open the microphone of a browser; samples come as floats in [-1, 1], a tenth of a second each. */
export function openMicrophone(
  onSamples: (samples: Float32Array) => void,
): Promise<{ sampleRate: number; close(): void }>;
