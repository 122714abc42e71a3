// Follows the live feed for as long as the page is signed in: nothing twice, nothing left out, whatever breaks between.

const STALE_AFTER_MS = 45_000;
const LONGEST_PAUSE_MS = 10_000;

// `ask` fetches with the caller's token; fetch instead of EventSource, which cannot send one.
// Ends when `signal` says so; throws what `on.isFinal` says no new try will cure.
export async function followFeed(ask, on, signal) {
  const place = { seq: null };
  let pause = 500;
  while (!signal.aborted) {
    try {
      await followOnce(ask, on, signal, place);
      pause = 500;
    } catch (problem) {
      if (signal.aborted) return;
      if (on.isFinal(problem)) throw problem;
      on.lost();
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
    if (signal.aborted) return;
    // Not all at once after a restart of the server.
    await new Promise((done) => setTimeout(done, pause * (0.75 + Math.random() / 2)));
  }
}

async function followOnce(ask, on, signal, place) {
  const stop = new AbortController();
  const end = () => stop.abort();
  signal.addEventListener("abort", end);
  let stale = null;
  const alive = () => { clearTimeout(stale); stale = setTimeout(end, STALE_AFTER_MS); };
  try {
    alive();
    const headers = place.seq === null ? {} : { "Last-Event-ID": String(place.seq) };
    const answer = await ask("/v1/feed", { headers, signal: stop.signal });
    // The stream stands before the list is asked for, so that nothing falls between; what both tell is shown once.
    if (place.seq === null) place.seq = await on.picture();
    on.live();
    for await (const frame of frames(answer.body, alive)) take(frame, on, place);
  } finally {
    clearTimeout(stale);
    signal.removeEventListener("abort", end);
    stop.abort();
  }
}

async function* frames(body, alive) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    alive();
    const found = (rest + part.value).split("\n\n");
    rest = found.pop();
    yield* found;
  }
}

function take(frame, on, place) {
  const fields = Object.fromEntries(frame.split("\n").map((line) => line.split(/:\s?(.*)/s).slice(0, 2)));
  if (fields.event === "reset") place.seq = null;
  if (fields.event !== "entry") return;
  const entry = JSON.parse(fields.data);
  if (place.seq !== null && entry.seq <= place.seq) return;
  place.seq = entry.seq;
  on.entry(entry);
}
