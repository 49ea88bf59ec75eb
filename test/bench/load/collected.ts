import { once } from 'node:events';

interface InspectorReply {
  readonly id: number;
  readonly result: { readonly result?: { readonly value?: number } };
}

/**
 * Collects the garbage of a Node process through its inspector (`--inspect=127.0.0.1:PORT`), so that memory before and
 * after can be compared, and gives what is live, in octets: heap, buffers and other memory
 * that objects hold.
 */
export async function collectAndMeasure(inspectorPort: number): Promise<number> {
  const list = await (await fetch(`http://127.0.0.1:${inspectorPort}/json/list`)).json();
  const [target] = list as readonly { readonly webSocketDebuggerUrl: string }[];
  if (target === undefined) throw new Error('the server has no inspector');
  const inspector = new WebSocket(target.webSocketDebuggerUrl);
  try {
    await once(inspector, 'open');
    await ask(inspector, { id: 1, method: 'HeapProfiler.collectGarbage' });
    const reply = await ask(inspector, { id: 2, method: 'Runtime.evaluate', params: { expression: LIVE_OCTETS } });
    return reply.result.result?.value ?? NaN;
  } finally {
    inspector.close();
  }
}

const LIVE_OCTETS = '(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())';

async function ask(
  inspector: WebSocket,
  question: { readonly id: number; readonly method: string; readonly params?: object },
): Promise<InspectorReply> {
  inspector.send(JSON.stringify(question));
  for (;;) {
    const [{ data }] = (await once(inspector, 'message')) as [{ readonly data: string }];
    const reply = JSON.parse(data) as InspectorReply;
    if (reply.id === question.id) return reply;
  }
}
