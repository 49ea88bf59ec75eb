import type { Credentials, HomeServerConversation, Primary, PrimaryRequest, PrimaryResult } from '../primary/index.ts';
import type { Visit } from './visit.ts';

/** What the first door said, and which primary said it. */
export interface FirstDoorResult {
  readonly primary: string;
  readonly result: PrimaryResult;
}

/**
 * The first door of a client: its primaries in order, the next one only when one is unavailable. Where one of them had
 * too much to do, that is what comes of it.
 */
export async function askFirstDoor(
  visit: Visit,
  credentials: Credentials,
  primaries: ReadonlyMap<string, Primary>,
): Promise<FirstDoorResult> {
  let last: FirstDoorResult = { primary: '', result: { kind: 'unavailable', cause: 'the client has no primary' } };
  for (const name of visit.request.client.primary) {
    const said = await askPrimary(visit, credentials, { primary: name }, primaries);
    if (said.result.kind !== 'unavailable') return said;
    if (!isBusy(last)) last = said;
  }
  return last;
}

/** Takes the answer of a home server's own challenge to the server that asked. */
export function answerHomeServer(
  visit: Visit,
  credentials: Credentials,
  conversation: HomeServerConversation,
  primaries: ReadonlyMap<string, Primary>,
): Promise<FirstDoorResult> {
  return askPrimary(visit, credentials, { primary: conversation.primary, conversation }, primaries);
}

/** One primary of the visit's settings alone. */
export function askOne(visit: Visit, credentials: Credentials, primary: string): Promise<FirstDoorResult> {
  return askPrimary(visit, credentials, { primary }, visit.settings.primaries);
}

/** What that primary is asked; `undefined` where the request names nobody. */
export function questionOf(visit: Visit, credentials: Credentials, primary: string): PrimaryRequest | undefined {
  const { request, username, person, personFrom } = visit;
  if (request.username === undefined) return undefined;
  return {
    username: request.username,
    usernameText: username.name,
    credentials,
    attributes: request.attributes,
    requestId: request.id,
    ...(person !== undefined && personFrom === primary && { person }),
  };
}

function isBusy({ result }: FirstDoorResult): boolean {
  return result.kind === 'unavailable' && result.isBusy === true;
}

async function askPrimary(
  visit: Visit,
  credentials: Credentials,
  target: { readonly primary: string; readonly conversation?: HomeServerConversation },
  primaries: ReadonlyMap<string, Primary>,
): Promise<FirstDoorResult> {
  const { primary: name, conversation } = target;
  const primary = primaries.get(name);
  const question = questionOf(visit, credentials, name);
  if (primary === undefined || question === undefined) {
    return { primary: name, result: { kind: 'unavailable', cause: `there is no primary ${name}` } };
  }
  const result = await primary.authenticate(conversation === undefined ? question : { ...question, conversation });
  return { primary: name, result };
}
