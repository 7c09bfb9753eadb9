// Names that nobody else draws.

/** 24 hexadecimal digits; `crypto.randomUUID` is there in secure contexts only. */
export const drawName = () => [...crypto.getRandomValues(new Uint8Array(12))]
  .map((byte) => byte.toString(16).padStart(2, '0')).join('');
