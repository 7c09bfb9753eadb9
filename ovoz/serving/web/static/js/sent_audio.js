// The audio that was sent lately, so that a dropped session can go on where the service stopped.

export class SentAudio {
  /** @param {number} limit bytes that are kept at most */
  constructor(limit) {
    this.limit = limit;
    this.clear(0);
  }

  /** Forget everything; the next byte has the number `start`. */
  clear(start) {
    this.pieces = [];
    this.start = start;
    this.end = start;
  }

  append(bytes) {
    this.pieces.push(bytes);
    this.end += bytes.length;
    while (this.end - this.start - this.pieces[0].length >= this.limit) {
      this.start += this.pieces.shift().length;
    }
  }

  /** The pieces from byte `place` on; what is no longer kept is left out. */
  from(place) {
    let at = this.start;
    const found = [];
    for (const piece of this.pieces) {
      const skipped = Math.max(0, place - at);
      if (skipped < piece.length) found.push(skipped ? piece.subarray(skipped) : piece);
      at += piece.length;
    }
    return found;
  }
}
