// The file part of the page: from a dropped file to a transcript that is played, corrected, kept.

import { askForKey } from './credentials.js';
import { download, FORMATS } from './exports.js';
import { formatted, text } from './i18n.js';
import { correct, transcribe } from './requests.js';
import { Transcript } from './transcript.js';
import { Waveform } from './waveform.js';
import { fieldsOf, shownForm } from './writing.js';

const by = (id) => document.getElementById(id);

export class FilePanel {
  constructor() {
    this.audio = by('player');
    this.transcript = new Transcript(by('words'), (seconds) => this.play(seconds));
    this.waveform = new Waveform(by('waveform'), this.audio);
    this.audio.addEventListener('timeupdate', () => this.transcript.follow(this.audio.currentTime));
    by('choose').addEventListener('change', (event) => this.take(event.target.files[0]));
    by('search').addEventListener('input', () => this.search());
    by('correct').addEventListener('click', () => this.edit(true));
    by('cancel').addEventListener('click', () => this.edit(false));
    by('send').addEventListener('click', () => this.send());
    for (const format of Object.keys(FORMATS)) {
      by(`as-${format}`).addEventListener('click', () => this.download(format));
    }
    this.acceptDrops(by('file'));
  }

  acceptDrops(place) {
    for (const kind of ['dragover', 'dragleave', 'drop']) {
      place.addEventListener(kind, (event) => {
        event.preventDefault();
        place.classList.toggle('over', kind === 'dragover');
        if (kind === 'drop') this.take(event.dataTransfer.files[0]);
      });
    }
  }

  async take(file) {
    if (!file || this.isBusy) return;
    this.isBusy = true;
    this.file = file;
    by('result').hidden = true;
    by('choose').value = '';
    this.name = file.name.replace(/\.[^.]*$/, '');
    const seconds = await this.open(file);
    const fields = fieldsOf(by('form').value);
    try {
      const progress = (share) => this.progress(share);
      this.show(await this.ask(() => transcribe(file, seconds, progress, fields)));
      await this.waveform.show(file);
    } catch (error) {
      this.tell(error.status ? 'refused' : 'unreachable', { why: error.message }, true);
    } finally {
      this.isBusy = false;
      by('progress').hidden = true;
    }
  }

  /** The same file again, in the form that is wanted now. */
  retake() {
    this.take(this.file);
  }

  /** What is shown; JSON has the whole answer. */
  download(format) {
    download(format === 'json' ? this.answer : shownForm(this.answer), format, this.name);
  }

  /** Do something; ask for a key when the service wants one, and do it again. */
  async ask(act) {
    try {
      return await act();
    } catch (error) {
      if (error.status !== 401 || !(await askForKey(by('key')))) throw error;
      return this.ask(act);
    }
  }

  /** Load a file into the player; its duration, NaN where the browser cannot read it. */
  open(file) {
    URL.revokeObjectURL(this.audio.src);
    this.audio.src = URL.createObjectURL(file);
    return new Promise((resolve) => {
      this.audio.onloadedmetadata = () => resolve(this.audio.duration);
      this.audio.onerror = () => resolve(NaN);
    });
  }

  progress(share) {
    const bar = by('progress');
    bar.hidden = false;
    if (share < 1) bar.value = share;
    else bar.removeAttribute('value'); // all is sent: how long the model takes is not known
    this.tell(share < 1 ? 'uploading' : 'reading', { share: formatted(share, { style: 'percent' }) });
  }

  show(answer) {
    this.answer = answer;
    this.transcript.show(shownForm(answer).words);
    by('result').hidden = false;
    by('search').value = '';
    by('found').textContent = '';
    by('correct').disabled = false;
    this.edit(false);
    this.tell('finished');
    by('notice').textContent = answer.notice;
  }

  async play(seconds) {
    this.audio.currentTime = seconds;
    await this.audio.play().catch(() => {}); // the browser cannot play what the service can read
  }

  search() {
    const count = this.transcript.search(by('search').value);
    by('found').textContent = by('search').value ? text('found', { count: formatted(count) }) : '';
  }

  edit(isOpen) {
    by('editor').hidden = !isOpen;
    by('words').hidden = isOpen;
    by('correct').hidden = isOpen;
    if (!isOpen) return;
    by('said').value = this.answer.text;
    by('said').focus();
  }

  async send() {
    try {
      const said = by('said').value.trim();
      const { wer } = await this.ask(() => correct(this.answer.request_id, said));
      by('correct').disabled = true;
      this.edit(false);
      this.tell('corrected', { share: formatted(wer ?? 0, { style: 'percent' }) });
    } catch (error) {
      this.tell('refused', { why: error.message }, true);
    }
  }

  tell(key, values = {}, isWrong = false) {
    this.status = [key, values, isWrong];
    by('file-state').textContent = text(key, values);
    by('file-state').classList.toggle('wrong', isWrong);
  }

  /** Say everything again in another language. */
  retell() {
    if (this.status) this.tell(...this.status);
    if (this.answer) this.search();
  }
}
