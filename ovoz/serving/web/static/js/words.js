// A word as an element, coloured by its language.

// Labels that are no language tags.
const UNTAGGED = new Set(['mixed', 'other']);

export function wordElement(word) {
  const element = document.createElement('span');
  element.className = 'word';
  setWord(element, word);
  return element;
}

/** Make an element show a word; nothing is touched that is right already. */
export function setWord(element, word) {
  const text = `${word.text} `;
  if (element.textContent !== text) element.textContent = text;
  if (element.dataset.language === word.language) return;
  element.dataset.language = word.language;
  element.lang = UNTAGGED.has(word.language) ? '' : word.language;
}
