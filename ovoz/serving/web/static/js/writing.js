// How the visitor wants transcripts written: `spoken`, or readable in one of the scripts.

export const FORMS = ['spoken', 'canonical', 'latin', 'cyrillic'];

/** What a request asks for. */
export const fieldsOf = (form) => (form === 'spoken' ? {} : { written: true, script: form });

/** An answer or a final as it is shown: in written form where it has one. */
export const shownForm = (answer) => (answer.written ? { ...answer, ...answer.written } : answer);
