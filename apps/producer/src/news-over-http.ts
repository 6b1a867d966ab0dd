/** How a run's news reaches one watcher: as Server-Sent Events, or as messages of a WebSocket. */
import type { NumberedEvent } from "@levain/contracts";
import type { WebSocket } from "@fastify/websocket";

/** An event, or null to say that the connection lives. */
export type News = NumberedEvent | null;

/** Milliseconds after which a browser that lost the stream comes back. */
const RECONNECT_MS = 1_000;

export async function* asServerSentEvents(news: AsyncIterable<News>): AsyncGenerator<string> {
  // Something at once, so that the watcher knows that it is connected.
  yield `retry: ${RECONNECT_MS}\n\n`;
  for await (const each of news) {
    yield each ? `id: ${each.id}\nevent: ${each.event.type}\ndata: ${JSON.stringify(each.event)}\n\n` : ": still here\n\n";
  }
}

/** RFC 6455: the server goes away; the stream is complete; something broke. */
const GOING_AWAY = 1001;
const COMPLETE = 1000;
const UNEXPECTED = 1011;

/** Milliseconds that a watcher has to say goodbye when this process stops. */
const FAREWELL_MS = 1_000;

/** Sends the news and closes. @param isLeaving asked at the end: whether the news ended because this process stops */
export async function sendOver(socket: WebSocket, news: AsyncIterable<News>, isLeaving: () => boolean): Promise<void> {
  let isHeard = true;
  socket.on("pong", () => {
    isHeard = true;
  });
  try {
    for await (const each of news) {
      if (each) await sent((done) => socket.send(JSON.stringify(each), done));
      else if (!isHeard) return socket.terminate();
      else {
        isHeard = false;
        socket.ping();
      }
    }
  } catch (error) {
    socket.close(UNEXPECTED);
    throw error;
  }
  if (isLeaving()) setTimeout(() => socket.terminate(), FAREWELL_MS).unref();
  socket.close(isLeaving() ? GOING_AWAY : COMPLETE);
}

/** Waits until the socket has taken the message: a slow watcher slows its own stream, and fills no memory. */
const sent = (send: (done: (error?: Error | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => send((error) => (error ? reject(error) : resolve())));
