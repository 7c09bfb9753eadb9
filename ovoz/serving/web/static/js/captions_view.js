// Live captions on the screen: a settled word keeps its element and its place.

import { setWord, wordElement } from './words.js';

export class CaptionsView {
  /** @param {HTMLElement} place @param {HTMLElement} spoken hears finals, for screen readers */
  constructor(place, spoken) {
    this.place = place;
    this.spoken = spoken;
    this.clear();
  }

  clear() {
    this.place.replaceChildren();
    this.spoken.replaceChildren();
    this.paragraphs = new Map();
  }

  /** Show a segment of `Captions`. */
  show(segment) {
    const isAtEnd = this.isAtEnd();
    const line = this.lineOf(segment.key);
    segment.words.forEach((word, index) => {
      const isSettled = index < segment.stable;
      const element = line.children[index] ?? line.appendChild(wordElement(word));
      setWord(element, word);
      element.classList.toggle('partial', !isSettled);
    });
    while (line.children.length > segment.words.length) line.lastElementChild.remove();
    if (segment.isFinal) this.speak(segment);
    if (isAtEnd) this.place.scrollTop = this.place.scrollHeight;
  }

  remove(key) {
    this.paragraphs.get(key)?.remove();
    this.paragraphs.delete(key);
  }

  lineOf(key) {
    let line = this.paragraphs.get(key);
    if (!line) {
      line = document.createElement('p');
      this.place.append(line);
      this.paragraphs.set(key, line);
    }
    return line;
  }

  /** Partials would be read aloud again and again: the live region gets finals alone. */
  speak(segment) {
    const line = document.createElement('p');
    line.textContent = segment.words.map((word) => word.text).join(' ');
    this.spoken.append(line);
    while (this.spoken.children.length > 5) this.spoken.firstElementChild.remove();
  }

  isAtEnd() {
    return this.place.scrollHeight - this.place.scrollTop - this.place.clientHeight < 40;
  }
}
