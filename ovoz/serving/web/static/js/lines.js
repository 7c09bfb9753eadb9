// Words in lines that can be read at once.

const LONGEST_LINE = 80;
const LONGEST_S = 6;
const PAUSE_S = 0.8;

/** Words in lines that can be read at once: cut at pauses, at 80 letters, at six seconds. */
export function lines(words) {
  const cut = [];
  let line = [];
  let letters = 0;
  for (const word of words) {
    const last = line.at(-1);
    const isFull = last && (letters + word.text.length > LONGEST_LINE
      || word.end_s - line[0].start_s > LONGEST_S || word.start_s - last.end_s > PAUSE_S);
    if (isFull) {
      cut.push(line);
      line = [];
      letters = 0;
    }
    line.push(word);
    letters += word.text.length + 1;
  }
  return line.length ? [...cut, line] : cut;
}
