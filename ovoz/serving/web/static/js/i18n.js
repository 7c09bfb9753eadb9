// The language of the interface: that of the browser, unless the visitor chose another.

import { TEXTS } from './texts.js';

export const LOCALES = ['uz', 'uz-Cyrl', 'ru', 'en'];

let current = 'en';

/** The first of the browser's languages that we speak; English when there is none. */
export function chooseLocale(wanted) {
  for (const tag of wanted) {
    const [language, ...parts] = tag.toLowerCase().split(/[-_]/);
    if (language === 'uz') return parts.includes('cyrl') ? 'uz-Cyrl' : 'uz';
    if (language === 'ru' || language === 'en') return language;
  }
  return 'en';
}

/** A text of the interface; `{name}` is filled in. */
export function text(key, values = {}) {
  const found = TEXTS[key]?.[LOCALES.indexOf(current)];
  if (found === undefined) throw new Error(`no text ${key}`);
  return found.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function formatted(number, options = {}) {
  return new Intl.NumberFormat(current, options).format(number);
}

/** Put the interface into a language: every element says which text it has. */
export function showLocale(locale) {
  current = LOCALES.includes(locale) ? locale : 'en';
  document.documentElement.lang = current;
  for (const element of document.querySelectorAll('[data-text]')) {
    element.textContent = text(element.dataset.text);
  }
  for (const element of document.querySelectorAll('[data-label]')) {
    element.setAttribute('aria-label', text(element.dataset.label));
  }
  for (const element of document.querySelectorAll('[data-hint-text]')) {
    element.dataset.hint = text(element.dataset.hintText);
  }
  return current;
}
