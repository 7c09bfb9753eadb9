// Wires the page: language, theme, live captions, recordings.

import { FilePanel } from './file_panel.js';
import { chooseLocale, showLocale, text } from './i18n.js';
import { LivePanel } from './live_panel.js';
import { nextTheme, remember, remembered, showTheme } from './theme.js';
import { FORMS } from './writing.js';

const by = (id) => document.getElementById(id);

function useTheme(theme) {
  by('theme').textContent = text(`theme_${showTheme(theme)}`);
}

function useLocale(locale, panels) {
  by('locale').value = showLocale(locale);
  useTheme(document.documentElement.dataset.theme);
  panels.forEach((panel) => panel.retell());
}

document.documentElement.dataset.theme = remembered('ovoz.theme') ?? 'auto';
by('captions').dataset.hintText = 'captionsHint';
const file = new FilePanel();
const panels = [new LivePanel(), file];
const form = remembered('ovoz.form');
by('form').value = FORMS.includes(form) ? form : 'spoken';
by('form').addEventListener('change', (event) => {
  remember('ovoz.form', event.target.value);
  file.retake();
});
useLocale(remembered('ovoz.locale') ?? chooseLocale(navigator.languages), panels);
by('locale').addEventListener('change', (event) => {
  remember('ovoz.locale', event.target.value);
  useLocale(event.target.value, panels);
});
by('theme').addEventListener('click', () => useTheme(nextTheme(document.documentElement.dataset.theme)));
