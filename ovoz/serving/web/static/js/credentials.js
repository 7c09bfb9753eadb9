// The key of a service that wants one: asked for, kept in memory, forgotten with the page.

let key = '';

export const token = () => key;

export const authorization = () => (key ? { Authorization: `Bearer ${key}` } : {});

/** Ask for a key; false when the visitor gives none. */
export function askForKey(dialog) {
  const field = dialog.querySelector('input');
  field.value = '';
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      key = dialog.returnValue === 'use' ? field.value.trim() : key;
      field.value = '';
      resolve(dialog.returnValue === 'use' && key !== '');
    }, { once: true });
  });
}
