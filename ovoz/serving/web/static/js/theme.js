// Light, dark, or as the system has it; remembered by the browser where it may.

const THEMES = ['auto', 'light', 'dark'];

export function remembered(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // storage is refused: nothing is remembered
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // as above
  }
}

export function nextTheme(theme) {
  return THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
}

export function showTheme(theme) {
  const chosen = THEMES.includes(theme) ? theme : 'auto';
  document.documentElement.dataset.theme = chosen;
  remember('ovoz.theme', chosen);
  return chosen;
}
