// A transcript as a document of Word: a paragraph for each stretch of speech, words with their language,
// so that the spelling of each is checked in its own.

import { lines } from './lines.js';
import { zip } from './zip.js';

const TAGS = { uz: 'uz-Latn-UZ', ru: 'ru-RU' };
const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

// XML 1.0 cannot hold control characters, even escaped.
const escaped = (text) => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
  .replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

function run(text, language) {
  const tag = TAGS[language];
  const properties = tag ? `<w:rPr><w:lang w:val="${tag}"/></w:rPr>` : '';
  return `<w:r>${properties}<w:t xml:space="preserve">${escaped(text)}</w:t></w:r>`;
}

function paragraph(line) {
  const runs = line.map((word, index) => run((index ? ' ' : '') + word.text, word.language));
  return `<w:p>${runs.join('')}</w:p>`;
}

/** The bytes of the document; without words its text is one paragraph. */
export function docx({ text, words }) {
  const body = words?.length ? lines(words).map(paragraph).join('') : `<w:p>${run(text)}</w:p>`;
  return zip({
    '[Content_Types].xml': `${HEAD}<Types xmlns="${PACKAGE}/content-types">`
      + '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
      + `<Override PartName="/word/document.xml" ContentType="${WORD}.main+xml"/></Types>`,
    '_rels/.rels': `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">`
      + `<Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>`,
    'word/document.xml': `${HEAD}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">`
      + `<w:body>${body}</w:body></w:document>`,
  });
}

export const DOCX_TYPE = WORD;
