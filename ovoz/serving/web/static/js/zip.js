// A ZIP archive of small files, stored without compression: browsers have no writer of their own.
// Source: APPNOTE.TXT of PKWARE, 4.3.7 (local header), 4.3.12 (directory), 4.3.16 (its end).

const UTF8_NAMES = 0x0800;
const FIRST_DAY = 0x0021; // 1980-01-01, the earliest date; the real one would differ on every download

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let rest = index;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/** CRC-32 of bytes. */
export function crc32(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = TABLE[(rest ^ byte) & 0xff] ^ (rest >>> 8);
  return (rest ^ 0xffffffff) >>> 0;
}

/** Little-endian numbers, `[size, value]` each. */
function packed(fields) {
  const bytes = new Uint8Array(fields.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let place = 0;
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(place, value, true);
    else view.setUint32(place, value, true);
    place += size;
  }
  return bytes;
}

function joined(pieces) {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let place = 0;
  for (const piece of pieces) {
    all.set(piece, place);
    place += piece.length;
  }
  return all;
}

/**
 * The archive of files.
 * @param {Record<string, string>} files texts by name
 * @returns {Uint8Array}
 */
export function zip(files) {
  const encoder = new TextEncoder();
  const pieces = [];
  const directory = [];
  let place = 0;
  for (const [name, text] of Object.entries(files)) {
    const [path, content] = [encoder.encode(name), encoder.encode(text)];
    const common = [
      [2, 20], [2, UTF8_NAMES], [2, 0], [2, 0], [2, FIRST_DAY], [4, crc32(content)],
      [4, content.length], [4, content.length], [2, path.length], [2, 0],
    ];
    const local = joined([packed([[4, 0x04034b50], ...common]), path, content]);
    const about = [[2, 0], [2, 0], [2, 0], [4, 0], [4, place]];
    directory.push(packed([[4, 0x02014b50], [2, 20], ...common, ...about]), path);
    pieces.push(local);
    place += local.length;
  }
  const listed = joined(directory);
  const count = Object.keys(files).length;
  const end = [[4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, listed.length], [4, place], [2, 0]];
  return joined([...pieces, listed, packed(end)]);
}
