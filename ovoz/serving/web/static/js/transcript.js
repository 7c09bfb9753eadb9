// A transcript with times: words that play, light up, and are found.

import { wordElement } from './words.js';

/** The index of the word that is spoken at a moment; -1 before the first. */
export function wordAt(words, seconds) {
  let [low, high] = [0, words.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (words[middle].start_s <= seconds) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Indices of the words that hold what is looked for, whatever the case. */
export function found(words, wanted) {
  const plain = (text) => text.toLowerCase().replace(/[ʻʼ'’‘`]/g, '');
  const sought = plain(wanted.trim());
  return sought ? words.flatMap((word, at) => (plain(word.text).includes(sought) ? [at] : [])) : [];
}

export class Transcript {
  /** @param {HTMLElement} place @param {(seconds: number) => void} play */
  constructor(place, play) {
    this.place = place;
    this.play = play;
    this.words = [];
    this.hits = [];
    place.addEventListener('click', (event) => this.playAt(this.indexOf(event.target)));
    place.addEventListener('keydown', (event) => this.press(event));
  }

  show(words) {
    this.words = words;
    this.hits = [];
    this.place.replaceChildren(...words.map((word, index) => {
      const element = wordElement(word);
      element.setAttribute('role', 'button');
      element.tabIndex = index ? -1 : 0; // one stop for Tab; arrows go on from there
      return element;
    }));
  }

  indexOf(element) {
    return [...this.place.children].indexOf(element.closest?.('.word'));
  }

  playAt(index) {
    if (index >= 0) this.play(this.words[index].start_s);
  }

  press(event) {
    const index = this.indexOf(event.target);
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 10, ArrowUp: -10 };
    if (event.key === 'Enter' || event.key === ' ') this.playAt(index);
    else if (event.key in steps) this.focus(index + steps[event.key]);
    else return;
    event.preventDefault();
  }

  focus(index) {
    const all = this.place.children;
    const next = all[Math.max(0, Math.min(all.length - 1, index))];
    for (const word of this.place.querySelectorAll('[tabindex="0"]')) word.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  /** Light up the word that is heard. */
  follow(seconds) {
    this.place.querySelector('.heard')?.classList.remove('heard');
    this.place.children[wordAt(this.words, seconds)]?.classList.add('heard');
  }

  /** Mark what is found; returns how many words. */
  search(wanted) {
    this.hits.forEach((index) => this.place.children[index].classList.remove('hit'));
    this.hits = found(this.words, wanted);
    this.hits.forEach((index) => this.place.children[index].classList.add('hit'));
    this.place.children[this.hits[0]]?.scrollIntoView({ block: 'nearest' });
    return this.hits.length;
  }
}
