<?php
// PHP's curl: asks COUNT times (0: without end), and prints a line of JSON for each answer.
//   php client.php URL MODE COUNT PAUSE_MS FILE…
// MODE is plain, close (no keep-alive), chunked or expect (waits for 100 Continue).
[, $url, $mode, $count, $pause] = $argv;
$files = array_slice($argv, 5);
$more = [
    'plain' => [],
    'close' => ['Connection: close'],
    'chunked' => ['Transfer-Encoding: chunked'],
    'expect' => ['Expect: 100-continue'],
][$mode];
$handle = curl_init();
for ($place = 0; $count == 0 || $place < $count; $place++) {
    $id = 'php-' . getmypid() . "-$place";
    $at = $place % count($files);
    $back = '';
    curl_setopt_array($handle, [
        CURLOPT_URL => "$url/transcribe",
        CURLOPT_POSTFIELDS => ['file' => new CURLFile($files[$at], 'audio/flac', 'clip.flac')],
        CURLOPT_HTTPHEADER => ["X-Request-ID: $id", ...$more],
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 60,
        CURLOPT_PROXY => '',
        CURLOPT_HEADERFUNCTION => function ($_, string $header) use (&$back): int {
            if (stripos($header, 'x-request-id:') === 0) {
                $back = trim(substr($header, 13));
            }
            return strlen($header);
        },
    ]);
    $answer = json_decode((string) curl_exec($handle), true) ?? [];
    echo json_encode([
        'status' => curl_getinfo($handle, CURLINFO_RESPONSE_CODE),
        'same' => $back === $id,
        'place' => $at,
        'duration' => $answer['duration_s'] ?? 0,
    ]), "\n";
    usleep(1000 * (int) $pause);
}
