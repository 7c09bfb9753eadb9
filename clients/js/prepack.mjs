// Copies the modules that the page of the service shares with this package into lib/.

import { cpSync, mkdirSync, rmSync } from 'node:fs';

const PAGE = new URL('../../ovoz/serving/web/static/js/', import.meta.url);
const LIB = new URL('lib/', import.meta.url);

rmSync(LIB, { recursive: true, force: true });
mkdirSync(LIB, { recursive: true });
const SHARED = [
  'capture.js', 'capture_worklet.js', 'live_session.js', 'pcm.js', 'random_name.js', 'sent_audio.js',
];
for (const name of SHARED) {
  cpSync(new URL(name, PAGE), new URL(name, LIB));
}
