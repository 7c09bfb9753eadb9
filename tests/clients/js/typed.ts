import { OvozClient, ServiceError, toS16le, type Job } from 'ovoz-client';
import { openMicrophone } from 'ovoz-client/microphone';

export async function use(client: OvozClient, file: Blob): Promise<string> {
  const answer = await client.transcribe(file, { hotwords: ['bank'], script: 'latin', speakers: '2' });
  const job: Job = await client.waitForJob((await client.createJob([file])).id);
  const stream = client.stream({ sampleRate: 16000, onMessage: (message) => message.words?.length });
  await openMicrophone((samples) => stream.send(toS16le(samples)));
  try {
    // @ts-expect-error: there is no such script
    await client.transcribe(file, { script: 'runes' });
  } catch (error) {
    if (error instanceof ServiceError) return error.kind;
  }
  return `${answer.text} ${answer.words?.[0]?.speaker} ${answer.speakers?.[0]?.share} ${job.results[0]?.answer?.written?.text}`;
}
