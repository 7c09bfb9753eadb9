// A transcript as text, subtitles, a document or JSON; pure functions of its words.

import { docx, DOCX_TYPE } from './docx.js';
import { lines } from './lines.js';

/** `01:02:03,004`, with the separator of the format. */
export function timestamp(seconds, separator) {
  const all = Math.round(seconds * 1000);
  const pad = (number, width = 2) => String(number).padStart(width, '0');
  const [hours, minutes, whole] = [all / 3600000, (all / 60000) % 60, (all / 1000) % 60];
  const clock = [hours, minutes, whole].map((part) => pad(Math.floor(part))).join(':');
  return clock + separator + pad(all % 1000, 3);
}

const escaped = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

function cues(words, separator, write) {
  return lines(words).map((line) => {
    const [start, end] = [line[0].start_s, line.at(-1).end_s];
    const times = `${timestamp(start, separator)} --> ${timestamp(end, separator)}`;
    return `${times}\n${line.map((word) => write(word.text)).join(' ')}\n`;
  });
}

export const FORMATS = {
  txt: { type: 'text/plain', write: ({ text }) => `${text}\n` },
  srt: {
    type: 'application/x-subrip',
    write: ({ words }) => cues(words, ',', (text) => text)
      .map((cue, index) => `${index + 1}\n${cue}`).join('\n'),
  },
  vtt: {
    type: 'text/vtt',
    write: ({ words }) => `WEBVTT\n\n${cues(words, '.', escaped).join('\n')}`,
  },
  docx: { type: DOCX_TYPE, write: docx },
  json: { type: 'application/json', write: (answer) => `${JSON.stringify(answer, null, 2)}\n` },
};

/** Offer a transcript to the visitor as a file. */
export function download(answer, format, name) {
  const { type, write } = FORMATS[format];
  const content = write(answer);
  const charset = typeof content === 'string' ? ';charset=utf-8' : '';
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type: type + charset }));
  link.download = `${name}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
